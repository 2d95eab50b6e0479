import { Outcome } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf, until } from "@signalbox/runtime/testing/failing.ts";
import { give, newUuid, type World } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aPrincipal, organizationsAs, type Replica, started } from "./fixtures.ts";

describe.each(dialects)("members on %s", (dialect) => {
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
  const policy = () => replica.needs.policy;
  const membersOf = async (organization: string) => {
    const { members } = await as(world.admin).listMembers({ organization });
    return members.map(({ principal }) => principal?.id);
  };

  test("a member that is added twice is one, and may be named before the policy has heard of it", async () => {
    const [person, late] = [aPrincipal(policy(), world.organization, "person"), newUuid()];
    replica.known.add(late);
    const first = await as(world.admin).addMember({ organization: world.organization, principal: person });
    expect(first.member).toMatchObject({ principal: { id: person, name: "person" }, organization: world.organization });
    expect(await as(world.admin).addMember({ organization: world.organization, principal: person })).toEqual(first);
    expect(await reasonOf(as(world.admin).addMember({ organization: world.organization, principal: late }))).toBe("OK");
    expect(await reasonOf(as(world.admin).addMember({ organization: world.organization, principal: newUuid() }))).toBe("NOT_FOUND");
    expect(await membersOf(world.organization)).toEqual([late, person, world.admin]);
  });

  test("fifty additions at once are one", async () => {
    const person = aPrincipal(policy(), world.organization);
    const add = () => as(world.admin).addMember({ organization: world.organization, principal: person });
    const answers = await Promise.all(Array.from({ length: 50 }, add));
    expect(new Set(answers.map(({ member }) => `${member?.createTime?.seconds}.${member?.createTime?.nanos}`)).size).toBe(1);
  });

  test("who leaves has no roles there when the call returns, and may come back", async () => {
    const person = aPrincipal(policy(), world.organization);
    await as(world.admin).addMember({ organization: world.organization, principal: person });
    give(policy(), person, "organization-viewer", { organization: world.organization });
    give(policy(), person, "workspace-viewer", { organization: world.organization, workspace: world.workspace });
    give(policy(), person, "organization-viewer", { organization: newUuid() });
    const remove = () => as(world.admin).removeMember({ organization: world.organization, principal: person });
    expect((await remove()).removedBindings).toBe(2);
    expect(policy().bindingsOf(person)).toHaveLength(1);
    expect((await remove()).removedBindings).toBe(0);
    expect(await membersOf(world.organization)).not.toContain(person);
    await as(world.admin).addMember({ organization: world.organization, principal: person });
    expect(await membersOf(world.organization)).toContain(person);
  });

  test("roles go with a removal also where there was no membership", async () => {
    const person = aPrincipal(policy(), world.organization);
    give(policy(), person, "organization-viewer", { organization: world.organization });
    expect((await as(world.admin).removeMember({ organization: world.organization, principal: person })).removedBindings).toBe(1);
    expect(policy().bindingsOf(person)).toEqual([]);
  });

  test("the last administrator stays, also when two are removed at once", async () => {
    for (let round = 0; round < 3; round++) {
      const { organization } = await as(world.admin).createOrganization({ name: `org ${newUuid().slice(-8)}` });
      const id = organization?.id as string;
      expect(await reasonOf(as(world.admin).removeMember({ organization: id, principal: world.admin }))).toBe("PROTECTED");
      const other = aPrincipal(policy(), id);
      await as(world.admin).addMember({ organization: id, principal: other });
      give(policy(), other, "organization-admin", { organization: id });
      const reasons = await Promise.all([
        reasonOf(as(world.admin).removeMember({ organization: id, principal: other })),
        reasonOf(as(other).removeMember({ organization: id, principal: world.admin })),
      ]);
      expect(reasons.toSorted()).toEqual(["OK", "PROTECTED"]);
    }
  });

  test("who may only read members changes none", async () => {
    const viewer = aPrincipal(policy(), world.organization);
    give(policy(), viewer, "organization-viewer", { organization: world.organization });
    expect(await reasonOf(as(viewer).listMembers({ organization: world.organization }))).toBe("OK");
    const add = as(viewer).addMember({ organization: world.organization, principal: viewer });
    expect(await reasonOf(add)).toBe("PERMISSION_MISSING");
    expect(await reasonOf(as(world.stranger).listMembers({ organization: world.organization }))).toBe("NOT_FOUND");
  });

  test("what was done and refused is in the audit log of the control plane", async () => {
    const person = aPrincipal(policy(), world.organization, "audited");
    const viewer = aPrincipal(policy(), world.organization, "nosy");
    give(policy(), viewer, "organization-viewer", { organization: world.organization });
    await as(world.admin).addMember({ organization: world.organization, principal: person });
    await reasonOf(as(viewer).removeMember({ organization: world.organization, principal: person }));
    const read = async (principal: string) => {
      const { auditEvents } = await replica.client(AuditService, { principal }).listAuditEvents({ filter: `subject = "${person}"` });
      return auditEvents;
    };
    await until(async () => (await read(world.admin)).length === 2);
    expect((await read(world.admin)).map(({ outcome, reason, principal }) => [outcome, reason, principal?.name])).toEqual([
      [Outcome.REFUSED, "PERMISSION_MISSING", "nosy"],
      [Outcome.DONE, "", "admin"],
    ]);
    expect(await reasonOf(read(viewer))).toBe("PERMISSION_MISSING");
  });
});
