import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { give, newUuid, type World } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aPrincipal, organizationsAs, type Replica, seed, started, workspacesAs } from "./fixtures.ts";

describe.each(dialects)("organizations on %s", (dialect) => {
  let fresh: FreshDatabase;
  let replica: Replica;
  let world: World;
  beforeAll(async () => {
    fresh = await freshDatabase(dialect);
    ({ replica, world } = await started(fresh.url));
  });
  afterAll(async () => {
    await replica?.close();
    await fresh?.drop();
  });
  const as = (principal: string) => organizationsAs(replica, principal);
  const aName = () => `org ${newUuid().slice(-8)}`;
  const policy = () => replica.needs.policy;

  test("whoever creates one administers it when the call returns", async () => {
    const name = aName();
    const { organization } = await as(world.admin).createOrganization({ name, displayName: "Mine" });
    expect(organization).toMatchObject({ name, displayName: "Mine", description: "" });
    const id = organization?.id as string;
    expect((await as(world.admin).getOrganization({ organization: name })).organization).toEqual(organization);
    const { members } = await as(world.admin).listMembers({ organization: id });
    expect(members.map(({ principal }) => principal?.id)).toEqual([world.admin]);
    expect(await reasonOf(as(world.stranger).getOrganization({ organization: id }))).toBe("NOT_FOUND");
    expect(await reasonOf(as(world.stranger).createOrganization({ name: aName() }))).toBe("PERMISSION_MISSING");
  });

  test("a repeat answers with what exists; another content, another name and another creator are told apart", async () => {
    const request = { id: newUuid(), name: aName(), displayName: "One" };
    const first = await as(world.admin).createOrganization(request);
    expect(await as(world.admin).createOrganization(request)).toEqual(first);
    expect(await reasonOf(as(world.admin).createOrganization({ ...request, displayName: "Two" }))).toBe("ID_REUSED");
    expect(await reasonOf(as(world.admin).createOrganization({ ...request, id: newUuid() }))).toBe("NAME_TAKEN");
    const other = aPrincipal(policy(), world.organization);
    give(policy(), other, "organization-admin", { organization: world.organization });
    expect(await reasonOf(as(other).createOrganization(request))).toBe("ID_REUSED");
    expect(await reasonOf(as(world.admin).createOrganization({ name: newUuid() }))).toBe("FIELD_INVALID");
  });

  test("fifty that create the same at once make one", async () => {
    const request = { id: newUuid(), name: aName() };
    const answers = await Promise.all(Array.from({ length: 50 }, () => as(world.admin).createOrganization(request)));
    expect(new Set(answers.map(({ organization }) => `${organization?.id} ${organization?.createTime?.nanos}`)).size).toBe(1);
    const names = await Promise.all(
      Array.from({ length: 20 }, () => reasonOf(as(world.admin).createOrganization({ ...request, id: newUuid() }))),
    );
    expect(new Set(names)).toEqual(new Set(["NAME_TAKEN"]));
  });

  test("an update changes what it names, and what it would not change succeeds whatever the etag", async () => {
    const { organization } = await as(world.admin).createOrganization({ name: aName(), description: "old" });
    const [id, etag] = [organization?.id as string, organization?.etag as string];
    const changed = await as(world.admin).updateOrganization({ organization: id, displayName: "New", etag });
    expect(changed.organization).toMatchObject({ displayName: "New", description: "old" });
    const again = await as(world.admin).updateOrganization({ organization: id, displayName: "New", etag });
    expect(again).toEqual(changed);
    expect(await reasonOf(as(world.admin).updateOrganization({ organization: id, displayName: "Newer", etag }))).toBe("ETAG_MISMATCH");
    const cleared = await as(world.admin).updateOrganization({ organization: id, updateMask: { paths: ["description"] } });
    expect(cleared.organization).toMatchObject({ displayName: "New", description: "" });
    const named = await as(world.admin).createOrganization({ name: aName() });
    const taken = as(world.admin).updateOrganization({ organization: id, name: named.organization?.name as string });
    expect(await reasonOf(taken)).toBe("NAME_TAKEN");
    const nameless = as(world.admin).updateOrganization({ organization: id, updateMask: { paths: ["name"] } });
    expect(await reasonOf(nameless)).toBe("FIELD_INVALID");
  });

  test("updates of different fields at once are all kept, and each is audited once", async () => {
    const { organization } = await as(world.admin).createOrganization({ name: aName() });
    const id = organization?.id as string;
    await Promise.all([
      as(world.admin).updateOrganization({ organization: id, displayName: "D" }),
      as(world.admin).updateOrganization({ organization: id, description: "E" }),
      as(world.admin).updateOrganization({ organization: id, name: `${organization?.name} x` }),
    ]);
    const now = (await as(world.admin).getOrganization({ organization: id })).organization;
    expect(now).toMatchObject({ displayName: "D", description: "E", name: `${organization?.name} x`, etag: "r4" });
  });

  test("everybody sees the organizations they are in, by a role or as a member, in pages", async () => {
    const person = aPrincipal(policy(), world.organization);
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      const { organization } = await as(world.admin).createOrganization({ name: aName() });
      const id = organization?.id as string;
      ids.unshift(id);
      if (n % 2) give(policy(), person, "organization-viewer", { organization: id });
      else await as(world.admin).addMember({ organization: id, principal: person });
    }
    const seen: string[] = [];
    for (let token: string | undefined = ""; token !== undefined; ) {
      const page = await as(person).listOrganizations({ pageSize: 2, pageToken: token, includeTotal: true });
      expect(page.totalSize).toBe(5n);
      seen.push(...page.organizations.map(({ id }) => id));
      token = page.nextPageToken || undefined;
    }
    expect(seen).toEqual(ids);
    const mine = await as(person).listOrganizations({ pageSize: 2 });
    expect(await reasonOf(as(world.admin).listOrganizations({ pageSize: 2, pageToken: mine.nextPageToken }))).toBe("PAGE_TOKEN_INVALID");
    expect((await as(world.stranger).listOrganizations({})).organizations).toEqual([]);
  });

  test("the bootstrap that is repeated changes nothing", async () => {
    if (dialect !== "sqlite") await Promise.all([seed(fresh.url, world), seed(fresh.url, world)]);
    const { workspaces } = await workspacesAs(replica, world.admin).listWorkspaces({ organization: world.organization });
    expect(workspaces.map(({ id, name, owner }) => [id, name, owner?.name])).toEqual([[world.workspace, "lab", "admin"]]);
    expect((await replica.told("organization.created")).filter(({ subject }) => subject === world.organization)).toHaveLength(1);
  });
});
