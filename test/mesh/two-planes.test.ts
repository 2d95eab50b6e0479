import { ConnectError } from "@connectrpc/connect";
import { runPenguins } from "@signalbox/example-penguins";
import { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import { ApiKeyService } from "@signalbox/gen/signalbox/identity/v1/api_key_service_pb.ts";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { RoleBindingService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { planeOf, type ServiceName, serviceNames } from "@signalbox/runtime/contract/services.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { openDatabase } from "@signalbox/runtime/store/database.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import type { Box } from "@signalbox/sdk";
import { type Kysely, sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { selfSigned } from "../src/certificate.ts";
import { type Machine, machine, openTestBox } from "../src/developer.ts";
import { type Mesh, startMesh } from "../src/mesh.ts";
import { needsRedis, serverUrl } from "../src/needs.ts";
import { enter, organization, person, workspace } from "../src/scene.ts";

const of = (plane: "control" | "workspace"): readonly ServiceName[] => serviceNames.filter((name) => planeOf[name] === plane);

const suite = dialects.includes("postgres") ? needsRedis() : describe.skip;

// What lies where does not depend on the engine: one with text casts makes it easy to look.
suite("a workspace that runs apart from its control plane", () => {
  const { key, cert } = selfSigned();
  let control: Mesh;
  let apart: Mesh;
  let machineKey: Machine;
  let token: string;
  let box: Box;

  beforeAll(async () => {
    const redisUrl = serverUrl("redis") ?? "";
    control = await startMesh({
      dialect: "postgres",
      redisUrl,
      services: of("control"),
      ca: cert,
      environment: { SIGNALBOX_PLANES: "control", SIGNALBOX_TLS_KEY: key, SIGNALBOX_TLS_CERT: cert },
    });
    const { key: planeKey } = await machine(control, "workspace-plane");
    apart = await startMesh({
      dialect: "postgres",
      redisUrl,
      services: of("workspace"),
      bootstrap: false,
      environment: {
        SIGNALBOX_CONTROL_URL: control.url,
        SIGNALBOX_CONTROL_KEY: planeKey,
        SIGNALBOX_CONTROL_CA: cert,
        SIGNALBOX_CONTROL_WORKSPACE: workspace,
      },
    });
    token = await enter(control, control.admin, workspace);
    await apart.client(ProjectService, token).createProject({ name: "demo" });
    machineKey = await machine(control, "workspace-developer");
    box = openTestBox(apart.url, machineKey.key, "demo");
  }, 120_000);
  afterAll(async () => {
    box?.close();
    await Promise.all([apart?.close(), control?.close()]);
  });

  /** How long until a call that works is refused; fails after five seconds. */
  async function refusedWithin(call: () => Promise<unknown>): Promise<{ readonly ms: number; readonly refusal: string }> {
    const began = performance.now();
    while (performance.now() - began < 5_000) {
      try {
        await call();
      } catch (error) {
        return { ms: performance.now() - began, refusal: ConnectError.from(error).message };
      }
      await sleep(20);
    }
    throw new Error("the call goes on being answered");
  }

  test("whoever signed in at the control plane reads in the workspace, at its own door", async () => {
    const { projects } = await apart.client(ProjectService, token).listProjects({});
    expect(projects.map(({ name }) => name)).toEqual(["demo"]);
    const { projects: direct } = await apart.client(ProjectService, control.admin).listProjects({});
    expect(direct).toHaveLength(1);
  });

  test("a run is tracked there by an API key of the control plane", async () => {
    const { run, steps, accuracy } = await runPenguins(box);
    const { run: kept } = await apart.client(RunService, token).getRun({ run: run.id });
    expect(kept?.status).toBe(Status.COMPLETED);
    expect([steps, kept?.steps?.completed]).toEqual([7, 7]);
    expect(accuracy).toBeGreaterThan(0.9);
    expect(kept?.owner?.name).toMatch(/^workspace-developer-/);
  });

  test("each door answers for its own plane and says so", async () => {
    await expect(apart.client(AuthService).signIn({ userName: "admin", password: "x" })).rejects.toThrow(/\b404\b|nothing at/);
    await expect(control.client(RunService, token).listRuns({ project: "demo" })).rejects.toThrow(/\b404\b|nothing at/);
  });

  test("each plane keeps its own audit log", async () => {
    const methods = async (mesh: Mesh, at: string) =>
      (await mesh.client(AuditService, at).listAuditEvents({ pageSize: 1000 })).auditEvents.map(({ service }) => service);
    await expect.poll(() => methods(apart, token), { timeout: 10_000 }).toContain("runs");
    expect(await methods(control, control.admin)).not.toContain("runs");
    expect(await methods(control, control.admin)).toContain("identity");
  });

  test("the control plane's database holds nothing of what runs in the workspace", async () => {
    const { runs } = await apart.client(RunService, token).listRuns({ project: "demo" });
    const secrets = ["penguin", "file:///", ...runs.flatMap(({ id, name }) => [id, id.replaceAll("-", ""), name])];
    expect(runs.length).toBeGreaterThan(0);
    const everything = await textOf(control.environment.SIGNALBOX_DATABASE_URL ?? "");
    expect(everything.length).toBeGreaterThan(1_000);
    expect(everything).toContain("workspace-developer-");
    for (const secret of secrets) expect(everything.includes(secret), `"${secret}" in the control plane`).toBe(false);
    // The same look at the workspace finds them.
    const there = await textOf(apart.environment.SIGNALBOX_DATABASE_URL ?? "");
    for (const secret of ["penguin", "file:///", runs[0]?.name ?? "-"]) expect(there).toContain(secret);
  });

  test("the workspace goes on while the control plane is away, and hears what was decided when it is back", async () => {
    const guest = await person(control, "traveller", "workspace-viewer");
    const read = async () => (await apart.client(ProjectService, guest.inWorkspace).listProjects({})).projects.length;
    await expect.poll(read, { timeout: 5_000 }).toBe(1);
    await control.programs.get("edge")?.end("SIGKILL");
    expect(await read()).toBe(1);
    expect((await apart.client(ProjectService, token).createProject({ name: "meanwhile" })).project?.name).toBe("meanwhile");
    await control.programs.get("edge")?.start();
    await expect
      .poll(
        () =>
          control
            .client(UserService, control.admin)
            .deactivateUser({ user: guest.id })
            .then(() => "done", String),
        { timeout: 20_000 },
      )
      .toBe("done");
    expect((await refusedWithin(read)).refusal).toMatch(/revoked|may not act/);
  });

  test("what is revoked at the control plane is refused in the workspace within a second or so", async () => {
    const { client, admin } = control;
    const guest = await person(control, "guest", "workspace-viewer");
    const read = () => apart.client(ProjectService, guest.inWorkspace).listProjects({ filter: `name = "demo"` });
    await expect.poll(async () => (await read()).projects.length, { timeout: 5_000 }).toBe(1);

    const scope = { organization, workspace };
    const { roleBindings } = await client(RoleBindingService, admin).listRoleBindings({ scope, pageSize: 1000 });
    const own = roleBindings.filter(({ principal }) => principal?.id === guest.id);
    expect(own).toHaveLength(1);
    for (const { id } of own) await client(RoleBindingService, admin).deleteRoleBinding({ roleBinding: id });
    const role = await refusedWithin(async () => {
      if ((await read()).projects.length === 0) throw new ConnectError("empty");
    });

    const list = () => box.connection.client(ProjectService).listProjects({});
    await list();
    await client(ApiKeyService, admin).revokeApiKey({ apiKey: machineKey.keyId });
    const revoked = await refusedWithin(list);
    expect(revoked.refusal).toMatch(/revoked/);
    for (const { ms } of [role, revoked]) expect(ms).toBeLessThan(2_000);
  });
});

/** Every row of every table, as text. */
async function textOf(url: string): Promise<string> {
  const database = openDatabase(url, { poolSize: 1 });
  const db = database.db as Kysely<unknown>;
  try {
    const { rows } = await sql<{
      name: string;
    }>`select table_name as name from information_schema.tables where table_schema = 'public'`.execute(db);
    const texts: string[] = rows.map(({ name }) => name);
    for (const { name } of rows) {
      const found = await sql<{ row: string }>`select t::text as row from ${sql.table(name)} t`.execute(db);
      texts.push(...found.rows.map(({ row }) => row));
    }
    return texts.join("\n");
  } finally {
    await database.close();
  }
}
