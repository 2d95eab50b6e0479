import type { WatchPolicyResponse } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { AuthorizationService } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { createPolicy, type Policy } from "@signalbox/runtime/policy/policy.ts";
import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf, until } from "@signalbox/runtime/testing/failing.ts";
import type { PartUnderTest } from "@signalbox/runtime/testing/part.ts";
import { newUuid, type World } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Around, aReplica, bindingsAs, started, tellPrincipal, tellRevoked, tellWorkspace } from "./fixtures.ts";

/** A policy that follows the feed as a service's mirror does, and how often it had to start over. */
function aMirror(replica: PartUnderTest, { workspace = "", after = 0 }: { workspace?: string; after?: number } = {}) {
  const policy = createPolicy();
  const end = new AbortController();
  const heard = { resets: 0, currents: 0, changes: 0, most: 0 };
  let hold: Promise<void> | undefined;
  const following = (async () => {
    const parts: AsyncIterable<WatchPolicyResponse> = replica
      .client(AuthorizationService, { service: "runs" })
      .watchPolicy({ workspace, afterRevision: BigInt(after) }, { signal: end.signal });
    for await (const { part } of parts) {
      if (part.case === "reset") {
        heard.resets++;
        policy.replace([], 0);
      } else if (part.case === "change") {
        heard.changes++;
        const { principals, bindings, workspaces, revocations } = part.value;
        heard.most = Math.max(heard.most, principals.length + bindings.length + workspaces.length + revocations.length);
        policy.apply(part.value, Number(part.value.revision));
      } else if (part.case === "current") {
        heard.currents++;
        policy.confirm(Number(part.value));
      }
      await hold;
    }
  })().catch(() => {});
  return {
    policy,
    heard,
    /** Stops reading until the returned function is called. */
    pause() {
      let go = () => {};
      hold = new Promise((resolve) => {
        go = resolve;
      });
      return () => {
        hold = undefined;
        go();
      };
    },
    async stop() {
      end.abort();
      await following;
    },
  };
}

const shape = ({ facts }: Pick<Policy, "facts">) => ({
  principals: [...facts.principals.values()].map(({ id, name, active }) => `${id} ${name} ${active}`).sort(),
  workspaces: [...facts.workspaces.values()].map(({ id, name }) => `${id} ${name}`).sort(),
  bindings: [...facts.bindings.values()].map(({ id, principal, role, workspace }) => `${id} ${principal} ${role.id} ${workspace}`).sort(),
  revocations: [...facts.revocations].map(String).sort(),
});

describe.each(dialects)("the policy feed on %s", (dialect) => {
  let fresh: FreshDatabase;
  let replica: PartUnderTest;
  let world: World;
  let logs: Around;
  beforeAll(async () => {
    fresh = await freshDatabase(dialect);
    ({ replica, world, logs } = await started(fresh.url));
  });
  afterAll(async () => {
    await replica?.close();
    await fresh?.drop();
  });
  const give = async (principal: string, role = "workspace-viewer", workspace = world.workspace) => {
    const scope = { organization: world.organization, workspace };
    const { roleBinding } = await bindingsAs(replica, world.admin).createRoleBinding({ principal, role, scope });
    return roleBinding?.id as string;
  };
  const equal = (mirror: { policy: Policy }) => JSON.stringify(shape(mirror.policy)) === JSON.stringify(shape(replica.needs.policy));

  test("a mirror that watches while much changes ends equal to the policy, and so does one that comes late", async () => {
    const early = aMirror(replica);
    const people = Array.from({ length: 30 }, newUuid);
    for (const id of people) tellPrincipal(logs, id, world.organization, { name: id.slice(-5) });
    await until(() => people.every((id) => replica.needs.policy.isActive(id)));
    const ids = await Promise.all(people.map((id) => give(id)));
    const late = aMirror(replica);
    tellRevoked(logs, newUuid(), 5_000_000);
    for (const id of people.slice(0, 10)) tellPrincipal(logs, id, world.organization, { active: false });
    await Promise.all(ids.slice(10, 20).map((roleBinding) => bindingsAs(replica, world.admin).deleteRoleBinding({ roleBinding })));
    await until(() => replica.needs.policy.facts.revocations.size === 1 && !replica.needs.policy.isActive(people[9] as string));
    await until(() => equal(early) && equal(late), "that the mirrors are equal");
    expect(early.heard.resets).toBe(1);
    await Promise.all([early.stop(), late.stop()]);
  });

  test("the tables and the log give the same policy", async () => {
    const again = createPolicy();
    // SQLite belongs to one program at a time.
    if (dialect !== "sqlite") {
      const other = await aReplica(fresh.url, world, logs, { policy: again });
      await until(() => equal({ policy: again }));
      await other.close();
    }
    const mirror = aMirror(replica);
    await until(() => equal(mirror));
    await mirror.stop();
  });

  test("a watcher that resumes hears only what it missed", async () => {
    const first = aMirror(replica);
    await until(() => equal(first));
    const after = first.policy.revision;
    await first.stop();
    const principal = newUuid();
    tellPrincipal(logs, principal, world.organization);
    await until(() => replica.needs.policy.isActive(principal));
    const resumed = aMirror(replica, { after });
    await until(() => resumed.policy.isActive(principal));
    expect(resumed.heard.resets).toBe(0);
    expect(resumed.policy.facts.principals.size).toBe(1);
    await resumed.stop();
  });

  test("a watcher with a revision that was never given out starts over", async () => {
    const lost = aMirror(replica, { after: 1_000_000 });
    await until(() => equal(lost));
    expect(lost.heard.resets).toBe(1);
    await lost.stop();
  });

  test("the sign of life comes while nothing changes", async () => {
    const mirror = aMirror(replica);
    await until(() => mirror.heard.currents >= 3);
    expect(mirror.heard.resets).toBe(1);
    await mirror.stop();
  });

  test("a workspace hears of what concerns it, and of a principal from its first role there on", async () => {
    const theirs = newUuid();
    tellWorkspace(logs, theirs, `w-${theirs.slice(-6)}`, world.organization);
    const [member, elsewhere] = [newUuid(), newUuid()];
    for (const id of [member, elsewhere]) tellPrincipal(logs, id, world.organization, { name: "x" });
    await until(() => replica.needs.policy.isActive(elsewhere) && replica.needs.policy.workspace(theirs) !== undefined);
    const mirror = aMirror(replica, { workspace: theirs });
    await until(() => mirror.heard.currents > 0);
    expect([...mirror.policy.facts.workspaces.keys()]).toEqual([theirs]);
    expect(mirror.policy.facts.principals.has(member)).toBe(false);
    const binding = await give(member, "workspace-viewer", theirs);
    await give(elsewhere);
    await until(() => mirror.policy.bindingsOf(member).length === 1);
    expect(mirror.policy.isActive(member)).toBe(true);
    expect(mirror.policy.facts.principals.has(elsewhere)).toBe(false);
    expect(mirror.policy.bindingsOf(world.admin).map(({ role }) => role.id)).toEqual(["organization-admin"]);
    tellPrincipal(logs, member, world.organization, { active: false });
    await until(() => mirror.policy.isActive(member) === false);
    await bindingsAs(replica, world.admin).deleteRoleBinding({ roleBinding: binding });
    await until(() => mirror.policy.bindingsOf(member).length === 0);
    expect(mirror.heard.resets).toBe(1);
    await mirror.stop();
  });

  test("a workspace that comes to be while it is watched is heard of as a whole", async () => {
    const theirs = newUuid();
    const mirror = aMirror(replica, { workspace: theirs });
    await until(() => mirror.heard.currents > 0);
    expect(mirror.policy.bindingsOf(world.admin)).toEqual([]);
    tellWorkspace(logs, theirs, `w-${theirs.slice(-6)}`, world.organization);
    await until(() => mirror.policy.bindingsOf(world.admin).length === 1);
    expect(mirror.policy.isActive(world.admin)).toBe(true);
    await mirror.stop();
  });

  test("people hear of a workspace where they may, and services of everything", async () => {
    const first = async (principal: string, workspace: string) => {
      for await (const _ of replica.client(AuthorizationService, { principal }).watchPolicy({ workspace })) return;
    };
    expect(await reasonOf(first(world.admin, world.workspace))).toBe("OK");
    expect(await reasonOf(first(world.stranger, world.workspace))).toBe("NOT_FOUND");
    expect(await reasonOf(first(world.admin, newUuid()))).toBe("NOT_FOUND");
    expect(await reasonOf(first(world.admin, ""))).toBe("NOT_FOUND");
  });
});
