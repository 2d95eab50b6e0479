import { fromBinary } from "@bufbuild/protobuf";
import type { CallOptions } from "@connectrpc/connect";
import { PrincipalState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { PolicyPrincipalSchema } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { newId, toId } from "@signalbox/runtime/ids.ts";
import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aUser, auditOf, bearer, type Fixture, failureOf, identityUnderTest, password, reasonOf, signedIn } from "./fixtures.ts";

describe.each(dialects)("users on %s", (dialect) => {
  let fresh: FreshDatabase;
  let it: Fixture;
  let admin: CallOptions;
  let viewer: CallOptions;
  beforeAll(async () => {
    fresh = await freshDatabase(dialect);
    it = await identityUnderTest(fresh.url);
    admin = await signedIn(it, it.world.admin);
    viewer = await signedIn(it, it.world.viewer);
  });
  afterAll(async () => {
    await it?.close();
    await fresh?.drop();
  });
  let counted = 0;
  const request = <O extends object>(over?: O) => ({
    organization: "acme",
    userName: `new-${++counted}`,
    password,
    displayName: "New",
    ...(over as O),
  });
  const facts = async (id: string) =>
    (await it.events("principal.changed"))
      .map(({ payload }) => fromBinary(PolicyPrincipalSchema, payload))
      .filter((each) => each.id === id);

  test("are created in an organization that is named or given by id, and have to change their password", async () => {
    for (const organization of ["acme", it.world.organization]) {
      const asked = request({ organization, email: "new@example.org" });
      const { user } = await it.users.createUser(asked, admin);
      expect(user).toMatchObject({
        userName: asked.userName,
        displayName: "New",
        email: "new@example.org",
        organization: it.world.organization,
        state: PrincipalState.ACTIVE,
        mustChangePassword: true,
        protected: false,
        etag: "r1",
      });
      const fact = { id: user?.id, kind: "user", organization: it.world.organization, active: true, name: asked.userName };
      expect(await facts(user?.id ?? "")).toMatchObject([fact]);
      expect((await it.auth.signIn(asked)).mustChangePassword).toBe(true);
      expect((await auditOf(it, "CreateUser")).map(({ subject }) => subject)).toContain(user?.id);
    }
  });

  test("are created once for one id, by fifty at the same time", async () => {
    const asked = request({ id: newUuid() });
    const all = await Promise.all(Array.from({ length: 50 }, () => it.users.createUser(asked, admin)));
    expect(new Set(all.map(({ user }) => `${user?.id} ${user?.etag}`))).toEqual(new Set([`${asked.id} r1`]));
    expect(await facts(asked.id)).toHaveLength(1);
    expect((await it.users.createUser({ ...asked, organization: it.world.organization }, admin)).user?.id).toBe(asked.id);
    expect(await reasonOf(it.users.createUser({ ...asked, displayName: "Other" }, admin))).toBe("ID_REUSED");
  });

  test("have names that are unique, capitals or not, and look like nothing else", async () => {
    const asked = request();
    await it.users.createUser(asked, admin);
    const { reason, metadata } = await failureOf(it.users.createUser({ ...asked, userName: asked.userName.toUpperCase() }, admin));
    expect({ reason, metadata }).toEqual({ reason: 41, metadata: { type: "user", name: asked.userName.toUpperCase() } });
    for (const userName of [newUuid(), "sbk_abc", "sbp_x"]) {
      expect(await reasonOf(it.users.createUser(request({ userName }), admin))).toBe("FIELD_INVALID");
    }
  });

  test("are created by those who may", async () => {
    expect(await reasonOf(it.users.createUser(request(), viewer))).toMatch(/PERMISSION_MISSING|NOT_FOUND/);
    expect(await reasonOf(it.users.createUser(request({ organization: "elsewhere" }), admin))).toBe("NOT_FOUND");
    expect(await reasonOf(it.users.createUser(request({ organization: newUuid() }), admin))).toBe("NOT_FOUND");
    expect(await reasonOf(it.users.createUser(request()))).toBe("CREDENTIALS_MISSING");
  });

  test("are read by id or name, also by themselves, and by nobody else", async () => {
    const { user } = await it.users.createUser(request(), admin);
    expect((await it.users.getUser({ user: user?.id ?? "" }, admin)).user).toEqual(user);
    expect((await it.users.getUser({ user: user?.userName ?? "" }, admin)).user).toEqual(user);
    expect((await it.users.getUser({ user: it.world.viewer }, viewer)).user?.id).toBe(it.world.viewer);
    expect(await reasonOf(it.users.getUser({ user: user?.id ?? "" }, await signedIn(it, it.world.stranger)))).toBe("NOT_FOUND");
    expect(await reasonOf(it.users.getUser({ user: "nobody" }, admin))).toBe("NOT_FOUND");
    expect(await reasonOf(it.users.getUser({ user: newUuid() }, admin))).toBe("NOT_FOUND");
  });

  test("change field by field, unless they changed since", async () => {
    const { user } = await it.users.createUser(request({ email: "a@example.org" }), admin);
    const id = user?.id ?? "";
    const second = await it.users.updateUser({ user: id, displayName: "Second", etag: user?.etag ?? "" }, admin);
    expect(second.user).toMatchObject({ displayName: "Second", email: "a@example.org", etag: "r2" });
    const stale = { user: id, displayName: "Third", etag: user?.etag ?? "" };
    expect(await failureOf(it.users.updateUser(stale, admin))).toMatchObject({ reason: 44, metadata: { etag: "r2" } });
    expect((await it.users.updateUser({ ...stale, displayName: "Second" }, admin)).user?.etag).toBe("r2");
    const cleared = await it.users.updateUser({ user: id, updateMask: { paths: ["email"] } }, admin);
    expect(cleared.user).toMatchObject({ displayName: "Second", email: "", etag: "r3" });
    expect(await reasonOf(it.users.updateUser({ user: id, updateMask: { paths: ["state"] } }, admin))).toBe("FIELD_INVALID");
    const racers = Array.from({ length: 10 }, (_, i) => it.users.updateUser({ user: id, displayName: `Racer ${i}`, etag: "r3" }, admin));
    const won = (await Promise.allSettled(racers)).filter(({ status }) => status === "fulfilled");
    expect(won).toHaveLength(1);
  });

  test("are deactivated and activated, once each, and the policy hears of it", async () => {
    const { user } = await it.users.createUser(request(), admin);
    const id = user?.id ?? "";
    expect((await it.users.deactivateUser({ user: id }, admin)).user?.state).toBe(PrincipalState.INACTIVE);
    expect((await it.users.deactivateUser({ user: id }, admin)).user?.etag).toBe("r2");
    expect((await it.users.activateUser({ user: id }, admin)).user).toMatchObject({ state: PrincipalState.ACTIVE, etag: "r3" });
    expect((await facts(id)).map(({ active }) => active)).toEqual([true, false, true]);
    const revocations = (await it.events("credential.revoked")).filter(({ subject }) => subject.equals(toId(id)));
    expect(revocations).toHaveLength(1);
  });

  test("who were made at the first start cannot be deactivated, nor their password be reset by others", async () => {
    const { userName } = await aUser(it, { id: newId(), protected: 1 });
    expect(await reasonOf(it.users.deactivateUser({ user: userName }, admin))).toBe("PROTECTED");
    expect(await reasonOf(it.users.resetPassword({ user: userName, password }, admin))).toBe("PROTECTED");
  });

  test("are listed by their organization, in pages, filtered and sorted", async () => {
    for (let i = 0; i < 5; i++) await it.users.createUser(request({ userName: `listed-${i}` }), admin);
    const query = { organization: "acme", filter: 'user_name = "listed-*"', orderBy: "user_name desc" };
    const first = await it.users.listUsers({ ...query, pageSize: 3, includeTotal: true }, admin);
    const second = await it.users.listUsers({ ...query, pageSize: 3, pageToken: first.nextPageToken }, admin);
    const names = [...first.users, ...second.users].map(({ userName }) => userName);
    expect(names).toEqual(["listed-4", "listed-3", "listed-2", "listed-1", "listed-0"]);
    expect([first.totalSize, second.nextPageToken]).toEqual([5n, ""]);
    const newest = await it.users.listUsers({ organization: it.world.organization, pageSize: 1 }, admin);
    expect(newest.users[0]?.userName).toBe("listed-4");
    expect(await reasonOf(it.users.listUsers({ ...query, filter: "password = x" }, admin))).toBe("FILTER_INVALID");
    expect(await reasonOf(it.users.listUsers({ ...query, organization: "elsewhere" }, admin))).toBe("NOT_FOUND");
  });

  test("are sorted by what people are called, where they are written to, and when they last changed", async () => {
    const organization = "acme";
    const people = ["ada", "bob", "cyd", "dee"].map((userName, i) => ({
      ...{ userName: `sorted-${userName}`, displayName: `N${(i * 3) % 4}`, email: `${(i * 5 + 2) % 4}@example.com` },
    }));
    for (const each of people) await it.users.createUser(request(each), admin);
    await it.users.updateUser({ user: "sorted-bob", avatarUrl: "https://example.com/bob.png" }, admin);
    const walk = async (orderBy: string) => {
      const found: string[] = [];
      for (let pageToken = ""; ; ) {
        const query = { organization, filter: 'user_name = "sorted-*"', orderBy, pageSize: 3, pageToken };
        const page = await it.users.listUsers(query, admin);
        found.push(...page.users.map(({ userName }) => userName.slice(7)));
        pageToken = page.nextPageToken;
        if (pageToken === "") return found;
      }
    };
    expect(await walk("display_name")).toEqual(["ada", "dee", "cyd", "bob"]);
    expect(await walk("email desc")).toEqual(["bob", "ada", "dee", "cyd"]);
    expect(await walk("update_time desc")).toEqual(["bob", "dee", "cyd", "ada"]);
    const made: string[] = [];
    for (const [i, name] of ["sorted-x", "sorted-y", "sorted-z"].entries()) {
      const asked = { organization, name, displayName: `D${(i + 2) % 3}` };
      made.push((await it.accounts.createServiceAccount(asked, admin)).serviceAccount?.id ?? "");
    }
    await it.accounts.deactivateServiceAccount({ serviceAccount: made[0] ?? "" }, admin);
    const accounts = async (orderBy: string) => {
      const query = { organization, filter: 'name = "sorted-*"', orderBy, pageSize: 2 };
      const first = await it.accounts.listServiceAccounts(query, admin);
      const rest = await it.accounts.listServiceAccounts({ ...query, pageToken: first.nextPageToken }, admin);
      return [...first.serviceAccounts, ...rest.serviceAccounts].map(({ name }) => name.slice(7));
    };
    expect(await accounts("update_time desc")).toEqual(["x", "z", "y"]);
    expect(await accounts("display_name")).toEqual(["y", "z", "x"]);
  });

  test("and service accounts are named for other services by one call, and for nobody else", async () => {
    const { user } = await it.users.createUser(request(), admin);
    const { serviceAccount } = await it.accounts.createServiceAccount({ organization: "acme", name: "robot" }, admin);
    const ids = [user?.id ?? "", newUuid(), serviceAccount?.id ?? ""];
    const { principals } = await it.part.client(UserService, { service: "org" }).batchGetPrincipals({ ids });
    expect(new Map(principals.map(({ id, name }) => [id, name]))).toEqual(
      new Map([
        [user?.id, user?.userName],
        [serviceAccount?.id, "robot"],
      ]),
    );
    expect(await reasonOf(it.users.batchGetPrincipals({ ids }, admin))).toBe("INTERNAL_ONLY");
  });

  test("may not choose a workspace's token for the control plane's work", async () => {
    const { accessToken } = await it.auth.exchangeToken({ credential: tokenOf(admin), workspace: it.world.workspace });
    expect(await reasonOf(it.users.getUser({ user: it.world.admin }, bearer(accessToken)))).toBe("TOKEN_AUDIENCE_WRONG");
  });

  const tokenOf = (as: CallOptions) => new Headers(as.headers).get("authorization")?.slice("Bearer ".length) ?? "";
});
