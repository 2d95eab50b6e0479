import { fromBinary } from "@bufbuild/protobuf";
import { AuditEventSchema, Outcome } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import { EventService } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { RoleService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf, until } from "@signalbox/runtime/testing/failing.ts";
import type { PartUnderTest } from "@signalbox/runtime/testing/part.ts";
import { newUuid, type World } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Around, bindingsAs, started, tellPrincipal, tellWorkspace } from "./fixtures.ts";

describe.each(dialects)("role bindings on %s", (dialect) => {
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

  const as = (principal: string) => bindingsAs(replica, principal);
  const inOrganization = () => ({ organization: world.organization });
  const inWorkspace = () => ({ organization: world.organization, workspace: world.workspace });
  async function aPrincipal(active = true): Promise<string> {
    const id = newUuid();
    tellPrincipal(logs, id, world.organization, { active, name: `p-${id.slice(-4)}` });
    await until(() => replica.needs.policy.facts.principals.has(id));
    return id;
  }

  test("the roles say what they allow", async () => {
    const { roles } = await replica.client(RoleService, { principal: world.stranger }).listRoles({});
    expect(roles.find(({ id }) => id === "organization-admin")?.permissions).toContain("role_binding.create");
    expect(roles.map(({ name }) => name)).toContain("Project Developer");
  });

  test("a role that was given is in force when the call returns, and gone when it was taken away", async () => {
    const principal = await aPrincipal();
    const { roleBinding } = await as(world.admin).createRoleBinding({ principal, role: "workspace-viewer", scope: inWorkspace() });
    expect(roleBinding).toMatchObject({
      principal: { id: principal, name: `p-${principal.slice(-4)}` },
      role: "workspace-viewer",
      scope: { ...inWorkspace(), project: "" },
      grantedBy: { id: world.admin, name: "admin" },
    });
    const id = roleBinding?.id as string;
    expect(replica.needs.policy.bindingsOf(principal).map((binding) => binding.id)).toEqual([id]);
    expect((await as(world.admin).getRoleBinding({ roleBinding: id })).roleBinding?.id).toBe(id);
    await as(world.admin).deleteRoleBinding({ roleBinding: id });
    expect(replica.needs.policy.bindingsOf(principal)).toEqual([]);
    expect(await reasonOf(as(world.admin).getRoleBinding({ roleBinding: id }))).toBe("NOT_FOUND");
  });

  test("a repeat with the same id answers with what exists, other content is refused, and so is the same role twice", async () => {
    const [principal, other] = [await aPrincipal(), await aPrincipal()];
    const request = { id: newUuid(), principal, role: "workspace-viewer", scope: inWorkspace() };
    const first = await as(world.admin).createRoleBinding(request);
    const second = await as(world.admin).createRoleBinding(request);
    expect(second).toEqual(first);
    expect(await reasonOf(as(world.admin).createRoleBinding({ ...request, principal: other }))).toBe("ID_REUSED");
    expect(await reasonOf(as(world.admin).createRoleBinding({ ...request, id: newUuid() }))).toBe("NAME_TAKEN");
    expect(await reasonOf(as(world.admin).createRoleBinding({ ...request, id: "" }))).toBe("NAME_TAKEN");
  });

  test("nobody gives more than they have, and the first missing permission is named", async () => {
    const [manager, principal] = [await aPrincipal(), await aPrincipal()];
    await as(world.admin).createRoleBinding({ principal: manager, role: "workspace-admin", scope: inWorkspace() });
    const ask = (role: string, scope: object) => as(manager).createRoleBinding({ principal, role, scope: scope as never });
    expect(await reasonOf(ask("workspace-developer", inWorkspace()))).toBe("OK");
    expect(await reasonOf(ask("workspace-developer", inOrganization()))).toBe("NOT_FOUND");
    await expect(
      as(world.admin).createRoleBinding({ principal, role: "organization-viewer", scope: inOrganization() }),
    ).resolves.toBeDefined();
    expect(await reasonOf(as(principal).createRoleBinding({ principal, role: "organization-admin", scope: inOrganization() }))).toBe(
      "PERMISSION_MISSING",
    );
  });

  test("a role is not given at a wider scope than its own, nor one that does not exist", async () => {
    const principal = await aPrincipal();
    const ask = (role: string) => as(world.admin).createRoleBinding({ principal, role, scope: inOrganization() });
    expect(await reasonOf(ask("workspace-viewer"))).toBe("FIELD_INVALID");
    expect(await reasonOf(ask("emperor"))).toBe("FIELD_INVALID");
    const orphan = { organization: world.organization, project: newUuid() };
    expect(await reasonOf(as(world.admin).createRoleBinding({ principal, role: "project-viewer", scope: orphan }))).toBe("FIELD_INVALID");
  });

  test("a workspace of another organization is not found under one's own", async () => {
    const [principal, theirs] = [await aPrincipal(), newUuid()];
    tellWorkspace(logs, theirs, `w-${theirs.slice(-6)}`, newUuid());
    await until(() => replica.needs.policy.workspace(theirs) !== undefined);
    const scope = { organization: world.organization, workspace: theirs };
    expect(await reasonOf(as(world.admin).createRoleBinding({ principal, role: "workspace-viewer", scope }))).toBe("NOT_FOUND");
    expect(await reasonOf(as(world.admin).listRoleBindings({ scope }))).toBe("NOT_FOUND");
  });

  test("roles go to principals that are known and active", async () => {
    const ask = (principal: string) => as(world.admin).createRoleBinding({ principal, role: "workspace-viewer", scope: inWorkspace() });
    expect(await reasonOf(ask(newUuid()))).toBe("NOT_FOUND");
    expect(await reasonOf(ask(await aPrincipal(false)))).toBe("PRINCIPAL_INACTIVE");
  });

  test("a principal that identity tells of while the call waits is found", async () => {
    const principal = newUuid();
    const asked = as(world.admin).createRoleBinding({ principal, role: "workspace-viewer", scope: inWorkspace() });
    tellPrincipal(logs, principal, world.organization);
    expect(await reasonOf(asked)).toBe("OK");
  });

  test("a principal of which nothing is heard for longer than a call waits is to be asked for again", async () => {
    const principal = newUuid();
    logs.untold.add(principal);
    const ask = () => as(world.admin).createRoleBinding({ principal, role: "workspace-viewer", scope: inWorkspace() });
    expect(await reasonOf(ask())).toBe("UNAVAILABLE");
    tellPrincipal(logs, principal, world.organization);
    expect(await reasonOf(ask())).toBe("OK");
  });

  test("whoever may not read bindings sees none, and whoever may only read changes none", async () => {
    const viewer = await aPrincipal();
    const { roleBinding } = await as(world.admin).createRoleBinding({
      principal: viewer,
      role: "organization-viewer",
      scope: inOrganization(),
    });
    const id = roleBinding?.id as string;
    expect(await reasonOf(as(world.stranger).getRoleBinding({ roleBinding: id }))).toBe("NOT_FOUND");
    expect(await reasonOf(as(viewer).getRoleBinding({ roleBinding: id }))).toBe("OK");
    expect(await reasonOf(as(viewer).deleteRoleBinding({ roleBinding: id }))).toBe("PERMISSION_MISSING");
  });

  test("bindings are listed newest first, in pages, with what lies in the scope", async () => {
    const workspace = newUuid();
    tellWorkspace(logs, workspace, `w-${workspace.slice(-6)}`, world.organization);
    await until(() => replica.needs.policy.workspace(workspace) !== undefined);
    const ids: string[] = [];
    const project = newUuid();
    for (let n = 0; n < 5; n++) {
      const scope = { organization: world.organization, workspace, project: n === 0 ? project : "" };
      const principal = await aPrincipal();
      const { roleBinding } = await as(world.admin).createRoleBinding({
        principal,
        role: n === 0 ? "project-viewer" : "workspace-viewer",
        scope,
      });
      ids.unshift(roleBinding?.id as string);
    }
    const scope = { organization: world.organization, workspace };
    const seen: string[] = [];
    for (let token: string | undefined = ""; token !== undefined; ) {
      const page = await as(world.admin).listRoleBindings({ scope, pageSize: 2, pageToken: token, includeTotal: true });
      expect(page.totalSize).toBe(5n);
      seen.push(...page.roleBindings.map(({ id }) => id));
      token = page.nextPageToken || undefined;
    }
    expect(seen).toEqual(ids);
    const inProject = await as(world.admin).listRoleBindings({ scope: { ...scope, project } });
    expect(inProject.roleBindings.map(({ id }) => id)).toEqual([ids[4]]);
    const first = await as(world.admin).listRoleBindings({ scope, pageSize: 2 });
    const elsewhere = as(world.admin).listRoleBindings({ scope: inOrganization(), pageSize: 2, pageToken: first.nextPageToken });
    expect(await reasonOf(elsewhere)).toBe("PAGE_TOKEN_INVALID");
  });

  test("giving, taking and being refused are audited", async () => {
    const principal = await aPrincipal();
    const { roleBinding } = await as(world.admin).createRoleBinding({ principal, role: "workspace-viewer", scope: inWorkspace() });
    const id = roleBinding?.id as string;
    await reasonOf(as(world.stranger).deleteRoleBinding({ roleBinding: id }));
    const told = async () => {
      const { events } = await replica.client(EventService, { service: "org" }).pullEvents({ after: 0n, limit: 1000, kinds: ["audit"] });
      return events.map(({ payload }) => fromBinary(AuditEventSchema, payload)).filter(({ subject }) => subject === id);
    };
    await until(async () => (await told()).length === 2);
    expect((await told()).map(({ outcome }) => outcome).sort()).toEqual([Outcome.DONE, Outcome.REFUSED]);
  });
});
