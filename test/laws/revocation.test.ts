import { ArtifactService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { SecretService } from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import { ApiKeyService } from "@signalbox/gen/signalbox/identity/v1/api_key_service_pb.ts";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { ServiceAccountService } from "@signalbox/gen/signalbox/identity/v1/service_account_service_pb.ts";
import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { WorkspaceService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { RoleBindingService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { ServiceName } from "@signalbox/runtime/contract/services.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outcome } from "../src/answer.ts";
import { startMesh } from "../src/mesh.ts";
import { needsServer, serverUrl } from "../src/needs.ts";
import { type Plane, startPlane } from "../src/plane.ts";
import { enter, firstSignIn, oneOfEverything, organization, workspace } from "../src/scene.ts";

const password = "a-password-for-tests";
const withinMs = 1_000;

type Stage = Pick<Plane, "client" | "admin" | "close">;

/** What somebody holds: a token for each plane, or a key that is good for both. */
interface Held {
  readonly control: string;
  readonly inWorkspace: string;
}

function laws(start: () => Promise<Stage>): void {
  let plane: Stage;
  let known: Readonly<Record<string, string>>;

  beforeAll(async () => {
    plane = await start();
    known = await oneOfEverything(plane);
  }, 90_000);
  afterAll(() => plane?.close());

  /** One call of every service. */
  async function tryEverywhere({ control, inWorkspace }: Held): Promise<Record<ServiceName, string>> {
    const { client } = plane;
    const of = (name: string) => known[name] ?? "";
    const calls = {
      identity: client(UserService, control).getUser({ user: of("user") }),
      rbac: client(RoleBindingService, control).getRoleBinding({ roleBinding: of("role_binding") }),
      org: client(WorkspaceService, control).getWorkspace({ workspace }),
      registry: client(ProjectService, inWorkspace).getProject({ project: of("project") }),
      runs: client(RunService, inWorkspace).getRun({ run: of("run") }),
      artifacts: client(ArtifactService, inWorkspace).getArtifact({ artifact: of("artifact") }),
      credentials: client(SecretService, inWorkspace).getSecret({ secret: of("secret") }),
    };
    const outcomes = await Promise.all(Object.entries(calls).map(async ([name, call]) => [name, await outcome(call)]));
    return Object.fromEntries(outcomes);
  }

  const everywhere = (reason: string) => ({
    identity: reason,
    rbac: reason,
    org: reason,
    registry: reason,
    runs: reason,
    artifacts: reason,
    credentials: reason,
  });

  async function bind(principal: string): Promise<string> {
    const { roleBinding } = await plane
      .client(RoleBindingService, plane.admin)
      .createRoleBinding({ principal, role: "organization-admin", scope: { organization } });
    return roleBinding?.id ?? "";
  }

  /** Somebody who may do everything in the organization, and does. */
  async function person(): Promise<Held & { readonly id: string; readonly binding: string }> {
    const userName = `person-${newUuid()}`;
    const { user } = await plane.client(UserService, plane.admin).createUser({ organization, userName, password });
    const id = user?.id ?? "";
    const binding = await bind(id);
    const control = await firstSignIn(plane, userName, password);
    const held = { control, inWorkspace: await enter(plane, control, workspace) };
    await expect.poll(() => tryEverywhere(held), { timeout: 5_000 }).toEqual(everywhere("OK"));
    return { id, binding, ...held };
  }

  test("a key that is revoked is refused everywhere, and so is what was got with it", async () => {
    const { serviceAccount } = await plane
      .client(ServiceAccountService, plane.admin)
      .createServiceAccount({ organization, name: `robot-${newUuid()}` });
    const principal = serviceAccount?.id ?? "";
    await bind(principal);
    const keys = plane.client(ApiKeyService, plane.admin);
    const { apiKey, key } = await keys.createApiKey({ principal, name: "a" });
    const exchanged = await expect
      .poll(() => plane.client(AuthService).exchangeToken({ credential: key, controlPlane: true }), { timeout: 5_000 })
      .toBeDefined()
      .then(() => plane.client(AuthService).exchangeToken({ credential: key, controlPlane: true }));
    const held = { control: exchanged.accessToken, inWorkspace: await enter(plane, key, workspace) };
    const itself = { control: key, inWorkspace: key };
    await expect.poll(() => tryEverywhere(held), { timeout: 5_000 }).toEqual(everywhere("OK"));
    expect(await tryEverywhere(itself)).toEqual(everywhere("OK"));

    await keys.revokeApiKey({ apiKey: apiKey?.id ?? "" });
    await sleep(withinMs);
    expect(await tryEverywhere(held)).toEqual(everywhere("TOKEN_REVOKED"));
    expect(await tryEverywhere(itself)).toEqual(everywhere("TOKEN_REVOKED"));
    expect(await outcome(enter(plane, key, workspace))).toBe("TOKEN_REVOKED");
  });

  test("a role that is taken away is gone everywhere", async () => {
    const held = await person();
    await plane.client(RoleBindingService, plane.admin).deleteRoleBinding({ roleBinding: held.binding });
    await sleep(withinMs);
    expect(await tryEverywhere(held)).toEqual(everywhere("NOT_FOUND"));
  });

  test("a user who is deactivated is refused everywhere", async () => {
    const held = await person();
    await plane.client(UserService, plane.admin).deactivateUser({ user: held.id });
    await sleep(withinMs);
    expect(await tryEverywhere(held)).toEqual(everywhere("TOKEN_REVOKED"));
  });

  test("a session that is signed out is refused everywhere", async () => {
    const held = await person();
    await plane.client(AuthService, held.control).signOut({});
    await sleep(withinMs);
    expect(await tryEverywhere(held)).toEqual(everywhere("TOKEN_REVOKED"));
  });

  test("a stream that is open ends when its session does", async () => {
    const held = await person();
    const ended = new AbortController();
    const stream = plane.client(RunService, held.inWorkspace).watchRuns({ project: known.project ?? "" }, { signal: ended.signal });
    const last = (async () => {
      for await (const _ of stream);
    })();
    const reason = outcome(last);
    await sleep(200);
    await plane.client(AuthService, held.control).signOut({});
    expect(await Promise.race([reason, sleep(withinMs).then(() => "still open")])).toBe("TOKEN_REVOKED");
    ended.abort();
  });
}

describe.each(dialects.slice(0, 1))("in one process on %s", (dialect) => laws(() => startPlane(dialect)));

needsServer("postgres")("in a mesh on PostgreSQL", () => {
  needsServer("redis")("with Redis", () => laws(() => startMesh({ dialect: "postgres", redisUrl: serverUrl("redis") ?? "" })));
});
