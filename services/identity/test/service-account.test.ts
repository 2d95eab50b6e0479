import { fromBinary } from "@bufbuild/protobuf";
import type { CallOptions } from "@connectrpc/connect";
import { PrincipalState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { PolicyPrincipalSchema } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Fixture, identityUnderTest, reasonOf, signedIn } from "./fixtures.ts";

describe.each(dialects)("service accounts on %s", (dialect) => {
  let fresh: FreshDatabase;
  let it: Fixture;
  let admin: CallOptions;
  beforeAll(async () => {
    fresh = await freshDatabase(dialect);
    it = await identityUnderTest(fresh.url);
    admin = await signedIn(it, it.world.admin);
  });
  afterAll(async () => {
    await it?.close();
    await fresh?.drop();
  });
  const make = (over = {}) => it.accounts.createServiceAccount({ organization: "acme", name: newUuid(), ...over }, admin);
  const facts = async (id: string) =>
    (await it.events("principal.changed"))
      .map(({ payload }) => fromBinary(PolicyPrincipalSchema, payload))
      .filter((each) => each.id === id);

  test("are created once for one id, under a name of their own", async () => {
    const asked = { id: newUuid(), name: "nightly", description: "trains at night" };
    const all = await Promise.all(Array.from({ length: 20 }, () => make(asked)));
    expect(all[0]?.serviceAccount).toMatchObject({
      ...asked,
      organization: it.world.organization,
      state: PrincipalState.ACTIVE,
      etag: "r1",
    });
    expect(new Set(all.map(({ serviceAccount }) => serviceAccount?.id)).size).toBe(1);
    expect(await reasonOf(make({ ...asked, description: "" }))).toBe("ID_REUSED");
    expect(await reasonOf(make({ name: "nightly" }))).toBe("NAME_TAKEN");
    expect(await facts(asked.id)).toMatchObject([{ kind: "service_account", name: "nightly", active: true }]);
  });

  test("are renamed, and the policy hears the new name", async () => {
    const { serviceAccount } = await make();
    const id = serviceAccount?.id ?? "";
    await make({ name: "held" });
    const renamed = await it.accounts.updateServiceAccount({ serviceAccount: id, name: "renamed", etag: "r1" }, admin);
    expect(renamed.serviceAccount).toMatchObject({ name: "renamed", etag: "r2" });
    expect((await facts(id)).map(({ name }) => name)).toEqual([serviceAccount?.name, "renamed"]);
    const change = (over: object) => it.accounts.updateServiceAccount({ serviceAccount: id, ...over }, admin);
    expect(await reasonOf(change({ name: "held" }))).toBe("NAME_TAKEN");
    expect(await reasonOf(change({ name: "late", etag: "r1" }))).toBe("ETAG_MISMATCH");
    expect(await reasonOf(change({ updateMask: { paths: ["name"] } }))).toBe("FIELD_INVALID");
    expect((await change({ name: "renamed", etag: "r1" })).serviceAccount?.etag).toBe("r2");
    expect((await change({ description: "new" })).serviceAccount).toMatchObject({ name: "renamed", description: "new" });
    expect(await facts(id)).toHaveLength(2);
  });

  test("are deactivated and activated", async () => {
    const { serviceAccount } = await make();
    const reference = { serviceAccount: serviceAccount?.id ?? "" };
    expect((await it.accounts.deactivateServiceAccount(reference, admin)).serviceAccount?.state).toBe(PrincipalState.INACTIVE);
    expect((await it.accounts.activateServiceAccount(reference, admin)).serviceAccount?.state).toBe(PrincipalState.ACTIVE);
    expect((await facts(reference.serviceAccount)).map(({ active }) => active)).toEqual([true, false, true]);
    expect((await it.accounts.getServiceAccount(reference, admin)).serviceAccount?.etag).toBe("r3");
  });

  test("are listed by those who may see them", async () => {
    const { serviceAccounts, totalSize } = await it.accounts.listServiceAccounts({ organization: "acme", includeTotal: true }, admin);
    expect(BigInt(serviceAccounts.length)).toBe(totalSize);
    const stranger = await signedIn(it, it.world.stranger);
    expect(await reasonOf(it.accounts.listServiceAccounts({ organization: it.world.organization }, stranger))).toBe("NOT_FOUND");
    expect(await reasonOf(it.accounts.getServiceAccount({ serviceAccount: newUuid() }, admin))).toBe("NOT_FOUND");
  });
});
