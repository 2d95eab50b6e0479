import { create, toBinary } from "@bufbuild/protobuf";
import { EventSchema } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { PolicyPrincipalSchema } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { systemClock } from "@signalbox/runtime/clock.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { type Database, openDatabase } from "@signalbox/runtime/store/database.ts";
import { migrate } from "@signalbox/runtime/store/migrate.ts";
import { outbox } from "@signalbox/runtime/store/outbox.ts";
import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { until } from "@signalbox/runtime/testing/failing.ts";
import { newUuid, newWorld } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrations } from "../src/migrations/index.ts";
import { applyIdentity, applyOrg } from "../src/projection/apply.ts";
import { projectionStore } from "../src/projection/store.ts";
import type { RbacTables } from "../src/tables.ts";
import { aReplica, around, knows, tellCreator, tellLeft, tellPrincipal, tellRevoked, tellWorkspace, tellWorld } from "./fixtures.ts";

describe.each(dialects)("what rbac hears on %s", (dialect) => {
  let fresh: FreshDatabase;
  let database: Database<RbacTables>;
  beforeAll(async () => {
    fresh = await freshDatabase(dialect);
    database = openDatabase<RbacTables>(fresh.url);
    await migrate(database, "rbac", migrations);
  });
  afterAll(async () => {
    await database?.close();
    await fresh?.drop();
  });

  const projection = () => ({
    dialect: database.dialect,
    indexesOf: database.indexesOf,
    log: outbox(database as unknown as Database<never>, "rbac", { notify: () => {} }),
    clock: systemClock,
  });
  const tables = async () => ({
    principals: await database.db.selectFrom("rbac_principal").selectAll().orderBy("id").execute(),
    workspaces: await database.db.selectFrom("rbac_workspace").selectAll().orderBy("id").execute(),
    bindings: await database.db
      .selectFrom("rbac_binding")
      .select(["principalId", "role", "organizationId", "workspaceId"])
      .orderBy("id")
      .execute(),
    revocations: await database.db.selectFrom("rbac_revocation").selectAll().orderBy("credentialId").execute(),
  });

  test("events that are applied twice have one effect", async () => {
    const [logs, world, gone] = [around(), newWorld(), newUuid()];
    tellWorld(logs, world);
    tellPrincipal(logs, gone, world.organization);
    tellPrincipal(logs, gone, world.organization, { active: false, name: "gone" });
    tellRevoked(logs, world.viewer, 9_000_000);
    tellRevoked(logs, world.viewer, 7_000_000);
    tellWorkspace(logs, world.workspace, world.workspaceName, world.organization);
    tellCreator(logs, world.developer, world.organization, world.workspace);
    tellCreator(logs, gone, world.organization);
    tellLeft(logs, gone, world.organization);
    const apply = async () => {
      await database.transact((trx) => applyIdentity(trx, logs.identity.events, projection()));
      await database.transact((trx) => applyOrg(trx, logs.org.events, projection()));
    };
    await apply();
    const once = await tables();
    expect(once.principals).toHaveLength(5);
    expect(once.principals.find(({ id }) => id.equals(toId(gone)))).toMatchObject({ active: 0, name: "gone" });
    expect(once.revocations).toEqual([{ credentialId: toId(world.viewer), time: 9_000_000 }]);
    expect(once.bindings.map(({ role }) => role).sort()).toEqual(["organization-admin", "workspace-admin"]);
    await apply();
    expect(await tables()).toEqual(once);
  });

  test("whoever is deleted has no roles any more, and nobody else loses any", async () => {
    const [logs, world] = [around(), newWorld()];
    tellWorld(logs, world);
    tellCreator(logs, world.developer, world.organization, world.workspace);
    await database.transact((trx) => applyIdentity(trx, logs.identity.events, projection()));
    await database.transact((trx) => applyOrg(trx, logs.org.events, projection()));
    const gone = create(PolicyPrincipalSchema, { id: world.developer, organization: world.organization, kind: "user", name: "deleted" });
    const events = [create(EventSchema, { kind: "principal.deleted", payload: toBinary(PolicyPrincipalSchema, gone) })];
    await database.transact((trx) => applyIdentity(trx, events, projection()));
    await database.transact((trx) => applyIdentity(trx, events, projection()));
    const { bindings } = await tables();
    const own = bindings.filter(({ organizationId }) => organizationId.equals(toId(world.organization)));
    expect(own).toMatchObject([{ principalId: toId(world.admin), role: "organization-admin" }]);
  });

  test("a kind that rbac does not know is passed over", async () => {
    const before = await tables();
    const events = [create(EventSchema, { kind: "organization.painted", payload: new Uint8Array([1, 2, 3]) })];
    await database.transact((trx) => applyOrg(trx, events, projection()));
    expect(await tables()).toEqual(before);
  });

  test("revocations are forgotten when no token can be older", async () => {
    const { pruneRevocations } = projectionStore(database.db, database.dialect);
    expect(await pruneRevocations(8_000_000)).toBe(0);
    expect(await pruneRevocations(9_000_001)).toBe(1);
  });
});

describe.each(dialects)("a restart on %s", (dialect) => {
  test("goes on from the cursor, with the policy that was there", async () => {
    const fresh = await freshDatabase(dialect);
    const [logs, world] = [around(), newWorld()];
    tellWorld(logs, world);
    const first = await aReplica(fresh.url, world, logs);
    await until(() => knows(first.needs.policy, world));
    const { revision } = first.needs.policy;
    await first.close();
    // What was handled is not asked for again: it could not be answered any more.
    for (const log of [logs.identity, logs.org])
      log.events.splice(0, log.events.length, ...log.events.map((event) => ({ ...event, payload: new Uint8Array([255]) })));
    const late = newUuid();
    tellPrincipal(logs, late, world.organization);
    const second = await aReplica(fresh.url, world, logs);
    expect(second.needs.policy.bindingsOf(world.admin)).toHaveLength(1);
    await until(() => second.needs.policy.isActive(late));
    expect(second.needs.policy.revision).toBeGreaterThan(revision);
    expect(second.needs.policy.facts.principals.size).toBe(5);
    await second.close();
    await fresh.drop();
  });
});
