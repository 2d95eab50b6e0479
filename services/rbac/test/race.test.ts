import type { Wakeups } from "@signalbox/runtime/cache/wakeups.ts";
import { memoryWakeups } from "@signalbox/runtime/cache/wakeups.ts";
import { newKeyringEntry, parseKeyring } from "@signalbox/runtime/crypto/keys.ts";
import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf, until } from "@signalbox/runtime/testing/failing.ts";
import type { PartUnderTest } from "@signalbox/runtime/testing/part.ts";
import { newUuid, newWorld, type World } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Around, aReplica, around, bindingsAs, knows, tellCreator, tellLeft, tellPrincipal, tellWorld } from "./fixtures.ts";

describe.each(dialects)("two replicas of rbac on %s", (dialect) => {
  let fresh: FreshDatabase;
  let replicas: PartUnderTest[];
  let world: World;
  let logs: Around;
  let wakeups: Wakeups;
  beforeAll(async () => {
    fresh = await freshDatabase(dialect);
    world = newWorld();
    logs = around();
    tellWorld(logs, world);
    wakeups = memoryWakeups();
    const shared = { wakeups, meshKeys: parseKeyring(newKeyringEntry("m1")) };
    // SQLite is one program's own.
    replicas = [await aReplica(fresh.url, world, logs, shared)];
    if (dialect !== "sqlite") replicas.push(await aReplica(fresh.url, world, logs, shared));
    await until(() => replicas.every(({ needs }) => knows(needs.policy, world)));
  });
  afterAll(async () => {
    for (const replica of replicas ?? []) await replica.close();
    await fresh?.drop();
  });

  const one = (n: number) => replicas[n % replicas.length] as PartUnderTest;
  async function anOrganization(administrators: number) {
    const organization = newUuid();
    const admins = Array.from({ length: administrators }, newUuid);
    for (const admin of admins) {
      tellPrincipal(logs, admin, organization);
      tellCreator(logs, admin, organization);
    }
    const known = ({ needs: { policy } }: PartUnderTest) =>
      admins.every((admin) => policy.bindingsOf(admin).length === 1 && policy.isActive(admin));
    await until(() => replicas.every(known));
    return { organization, admins, bindingOf: (admin: string) => one(0).needs.policy.bindingsOf(admin)[0]?.id as string };
  }

  test("fifty that give the same role at once make one binding", async () => {
    const scope = { organization: world.organization, workspace: world.workspace };
    const give = (n: number, id: string) =>
      reasonOf(bindingsAs(one(n), world.admin).createRoleBinding({ id, principal: world.stranger, role: "workspace-viewer", scope }));
    const reasons = await Promise.all(Array.from({ length: 50 }, (_, n) => give(n, n % 2 ? newUuid() : "")));
    expect(reasons.filter((reason) => reason === "OK")).toHaveLength(1);
    expect(reasons.filter((reason) => reason === "NAME_TAKEN")).toHaveLength(49);
    // Another replica than the one that answered may hear of it a moment later.
    await until(() => one(0).needs.policy.bindingsOf(world.stranger).length > 0);
    expect(one(0).needs.policy.bindingsOf(world.stranger)).toHaveLength(1);
  });

  test("fifty repeats of one creation all get the same answer", async () => {
    const scope = { organization: world.organization, workspace: world.workspace };
    const request = { id: newUuid(), principal: world.viewer, role: "workspace-developer", scope };
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => bindingsAs(one(n), world.admin).createRoleBinding(request)));
    expect(
      new Set(answers.map(({ roleBinding }) => `${roleBinding?.id} ${roleBinding?.createTime?.seconds} ${roleBinding?.createTime?.nanos}`))
        .size,
    ).toBe(1);
  });

  test("two administrators who take each other's role away at once leave one", async () => {
    for (let round = 0; round < 5; round++) {
      const { admins, bindingOf } = await anOrganization(2);
      const [first, second] = admins as [string, string];
      const reasons = await Promise.all([
        reasonOf(bindingsAs(one(0), first).deleteRoleBinding({ roleBinding: bindingOf(second) })),
        reasonOf(bindingsAs(one(1), second).deleteRoleBinding({ roleBinding: bindingOf(first) })),
      ]);
      expect(reasons.filter((reason) => reason === "OK")).toHaveLength(1);
      // The other replica's change is heard of a moment later.
      const left = () => admins.filter((admin) => one(0).needs.policy.bindingsOf(admin).length > 0);
      await until(() => left().length === 1);
      const [last] = left() as [string];
      expect(await reasonOf(bindingsAs(one(0), last).deleteRoleBinding({ roleBinding: bindingOf(last) }))).toBe("PROTECTED");
    }
  });

  test("an administrator who is not active does not count", async () => {
    const { organization, admins, bindingOf } = await anOrganization(2);
    const [first, second] = admins as [string, string];
    tellPrincipal(logs, second, organization, { active: false });
    await until(() => one(0).needs.policy.isActive(second) === false);
    expect(await reasonOf(bindingsAs(one(0), first).deleteRoleBinding({ roleBinding: bindingOf(first) }))).toBe("PROTECTED");
    expect(await reasonOf(bindingsAs(one(0), first).deleteRoleBinding({ roleBinding: bindingOf(second) }))).toBe("OK");
  });

  test("members who leave lose all their roles there, but the last administrator stays one", async () => {
    const { organization, admins } = await anOrganization(2);
    const [first, second] = admins as [string, string];
    await bindingsAs(one(0), first).createRoleBinding({ principal: second, role: "organization-viewer", scope: { organization } });
    tellLeft(logs, second, organization);
    await until(() => replicas.every(({ needs }) => needs.policy.bindingsOf(second).length === 0));
    await bindingsAs(one(0), first).createRoleBinding({ principal: first, role: "organization-viewer", scope: { organization } });
    tellLeft(logs, first, organization);
    await until(() => replicas.every(({ needs }) => needs.policy.bindingsOf(first).length === 1));
    expect(one(0).needs.policy.bindingsOf(first)[0]?.role.id).toBe("organization-admin");
  });
});
