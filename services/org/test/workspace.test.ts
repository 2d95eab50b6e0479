import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { give, newUuid, type World } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aPrincipal, organizationsAs, type Replica, started, workspacesAs } from "./fixtures.ts";

describe.each(dialects)("workspaces on %s", (dialect) => {
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
  const as = (principal: string) => workspacesAs(replica, principal);
  const aName = () => `w-${newUuid().slice(-8)}`;
  const policy = () => replica.needs.policy;

  test("whoever creates one may enter it when the call returns", async () => {
    const manager = aPrincipal(policy(), world.organization, "manager");
    give(policy(), manager, "organization-manager", { organization: world.organization });
    const name = aName();
    const { workspace } = await as(manager).createWorkspace({ organization: world.organization, name });
    expect(workspace).toMatchObject({ name, organization: world.organization, owner: { id: manager, name: "manager" } });
    expect(policy().entersWorkspace(manager, workspace?.id as string)).toBe(true);
    expect(policy().allows(manager, "project.create", { organization: world.organization, workspace: workspace?.id })).toBe(true);
    expect((await as(manager).getWorkspace({ workspace: name })).workspace).toEqual(workspace);
    expect(await reasonOf(as(world.stranger).getWorkspace({ workspace: name }))).toBe("NOT_FOUND");
    expect(await reasonOf(as(world.stranger).createWorkspace({ organization: world.organization, name: aName() }))).toBe("NOT_FOUND");
  });

  test("a repeat answers with what exists, by whichever reference the organization is named", async () => {
    const request = { id: newUuid(), organization: world.organization, name: aName() };
    const first = await as(world.admin).createWorkspace(request);
    const { organization } = await organizationsAs(replica, world.admin).getOrganization({ organization: world.organization });
    expect(await as(world.admin).createWorkspace({ ...request, organization: organization?.name as string })).toEqual(first);
    expect(await reasonOf(as(world.admin).createWorkspace({ ...request, description: "other" }))).toBe("ID_REUSED");
    expect(await reasonOf(as(world.admin).createWorkspace({ ...request, id: "" }))).toBe("NAME_TAKEN");
    expect(await reasonOf(as(world.admin).createWorkspace({ ...request, id: "", name: newUuid() }))).toBe("FIELD_INVALID");
  });

  test("fifty that create the same name at once make one", async () => {
    const name = aName();
    const create = () => reasonOf(as(world.admin).createWorkspace({ organization: world.organization, name }));
    const reasons = await Promise.all(Array.from({ length: 50 }, create));
    expect(reasons.filter((reason) => reason === "OK")).toHaveLength(1);
    expect(reasons.filter((reason) => reason === "NAME_TAKEN")).toHaveLength(49);
  });

  test("an update changes what people see, by etag or not", async () => {
    const { workspace } = await as(world.admin).createWorkspace({ organization: world.organization, name: aName() });
    const id = workspace?.id as string;
    const { workspace: changed } = await as(world.admin).updateWorkspace({
      workspace: id,
      displayName: "D",
      etag: workspace?.etag as string,
    });
    expect(changed).toMatchObject({ displayName: "D", name: workspace?.name });
    const stale = as(world.admin).updateWorkspace({ workspace: id, displayName: "E", etag: workspace?.etag as string });
    expect(await reasonOf(stale)).toBe("ETAG_MISMATCH");
    const renamed = as(world.admin).updateWorkspace({ workspace: id, updateMask: { paths: ["name"] } });
    expect(await reasonOf(renamed)).toBe("FIELD_INVALID");
    expect(await reasonOf(as(world.viewer).updateWorkspace({ workspace: world.workspace, displayName: "F" }))).toBe("PERMISSION_MISSING");
  });

  test("everybody sees the workspaces that they may enter", async () => {
    const admins = organizationsAs(replica, world.admin);
    const { organization } = await admins.createOrganization({ name: `org ${newUuid().slice(-6)}` });
    const theirs = organization?.id as string;
    const made: string[] = [];
    for (let n = 0; n < 3; n++) {
      const { workspace } = await as(world.admin).createWorkspace({ organization: theirs, name: aName() });
      made.unshift(workspace?.id as string);
    }
    const [viewer, worker, member] = [aPrincipal(policy(), theirs), aPrincipal(policy(), theirs), aPrincipal(policy(), theirs)];
    give(policy(), viewer, "organization-viewer", { organization: theirs });
    give(policy(), worker, "project-viewer", { organization: theirs, workspace: made[1] as string, project: newUuid() });
    give(policy(), member, "organization-member", { organization: theirs });
    const seenBy = async (principal: string, narrowed = "") => {
      const { workspaces } = await as(principal).listWorkspaces({ organization: narrowed });
      return workspaces.map(({ id }) => id);
    };
    expect(await seenBy(viewer)).toEqual(made);
    expect(await seenBy(worker)).toEqual([made[1]]);
    expect(await seenBy(member)).toEqual([]);
    expect(await seenBy(world.admin, theirs)).toEqual(made);
    expect(await seenBy(world.admin)).toContain(world.workspace);
    expect(await reasonOf(as(viewer).listWorkspaces({ organization: world.organization }))).toBe("NOT_FOUND");
    const { workspaces } = await as(world.admin).listWorkspaces({ filter: 'name = "lab"' });
    expect(workspaces.map(({ id }) => id)).toEqual([world.workspace]);
  });
});
