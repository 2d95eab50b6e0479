import type { Client } from "@connectrpc/connect";
import { ConnectorService } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { SecretService } from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import { ApiKeyService } from "@signalbox/gen/signalbox/identity/v1/api_key_service_pb.ts";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { reasonOf } from "./answer.ts";
import type { Canaries } from "./canaries.ts";
import type { Plane } from "./plane.ts";
import { enter, oneOfEverything, organization, workspace } from "./scene.ts";

export interface Use {
  readonly plane: Pick<Plane, "client" | "admin" | "url">;
  readonly birds: Canaries;
  /** A token endpoint on loopback. */
  readonly tokenUrl: string;
}

type Refused = (call: Promise<unknown>) => Promise<void>;

/** Uses secrets of every kind in calls that go well and calls that fail; resolves with what the failures said. */
export async function useSecrets(use: Use): Promise<readonly string[]> {
  const said: string[] = [];
  const refused: Refused = async (call) => {
    const error = await call.then(
      () => undefined,
      (failure: unknown) => failure,
    );
    if (error === undefined) throw new Error(`a call went well that was to fail, after ${said.length} that failed`);
    said.push(
      `${reasonOf(error)} ${String(error)} ${JSON.stringify(error, (_, value) => (typeof value === "bigint" ? String(value) : value))}`,
    );
  };
  const known = await oneOfEverything(use.plane);
  const token = await enter(use.plane, use.plane.admin, workspace);
  await passwords(use, refused);
  await keys(use, refused, known);
  await storedSecrets(use, refused, token);
  await connectors(use, refused, token);
  await runTokens(use, refused, token, known);
  said.push(...(await brokenBodies(use)));
  return said;
}

async function passwords({ plane: { client, admin }, birds }: Use, refused: Refused): Promise<void> {
  const [first, next, wrong] = ["password", "new-password", "wrong-password"].map(birds.make) as [string, string, string];
  const users = client(UserService, admin);
  const userName = `bird-${newUuid().slice(-8)}`;
  const id = newUuid();
  const { user } = await users.createUser({ id, organization, userName, password: first });
  await users.createUser({ id, organization, userName, password: first });
  await refused(users.createUser({ id, organization, userName: `${userName}-2`, password: first }));
  await refused(users.createUser({ organization, userName: "not a name", password: first }));
  await refused(users.createUser({ organization, userName: "short", password: birds.make("long-password").repeat(30) }));
  const auth = client(AuthService);
  const { tokens } = await auth.signIn({ userName, password: first });
  await refused(auth.signIn({ userName, password: wrong }));
  await refused(auth.signIn({ userName: "nobody", password: wrong }));
  const own = client(AuthService, birds.keep("access-token", tokens?.accessToken ?? ""));
  birds.keep("access-token-signature", tokens?.accessToken.split(".")[2] ?? "");
  await refused(own.changePassword({ password: wrong, newPassword: next }));
  await own.changePassword({ password: first, newPassword: next });

  const again = await auth.signIn({ userName, password: next });
  await refused(
    client(UserService, again.tokens?.accessToken).resetPassword({ user: known(user), password: birds.make("reset-password") }),
  );
  const refresh = birds.keep("refresh-token", again.tokens?.refreshToken ?? "");
  birds.keep("refresh-token-secret", refresh.slice(-24));
  const { tokens: renewed } = await auth.refreshSession({ refreshToken: refresh });
  birds.keep("second-refresh-token", renewed?.refreshToken ?? "");
  await refused(auth.refreshSession({ refreshToken: refresh.slice(0, -2) }));
  await refused(client(ProjectService, refresh).listProjects({}));
  await refused(auth.exchangeToken({ credential: refresh, controlPlane: true }));
}

const known = (user: { readonly id: string } | undefined): string => user?.id ?? "";

async function keys({ plane, birds }: Use, refused: Refused, { principal = "" }: Readonly<Record<string, string>>): Promise<void> {
  const service = plane.client(ApiKeyService, plane.admin);
  const id = newUuid();
  const { key } = await service.createApiKey({ id, principal, name: "bird" });
  birds.keep("api-key", key);
  birds.keep("api-key-secret", key.slice(-24));
  await refused(service.createApiKey({ id, principal, name: "bird" }));
  await plane.client(ProjectService, key).listProjects({});
  await plane.client(AuthService).exchangeToken({ credential: key, controlPlane: true });
  for (const wrong of [key.slice(0, -1), `${key}x`, key.toUpperCase()]) await refused(plane.client(ProjectService, wrong).listProjects({}));
  await refused(plane.client(ProjectService, key).getProject({ project: newUuid() }));
  const rotated = await service.rotateApiKey({ apiKey: id });
  birds.keep("rotated-key", rotated.key);
  await service.revokeApiKey({ apiKey: id });
  await refused(plane.client(AuthService).exchangeToken({ credential: rotated.key, controlPlane: true }));
}

async function storedSecrets({ plane: { client }, birds }: Use, refused: Refused, token: string): Promise<void> {
  const secrets = client(SecretService, token);
  const id = newUuid();
  const name = `bird-${id}`;
  const values = { password: birds.make("secret-value"), user: birds.make("other-secret-value") };
  await secrets.createSecret({ id, name, values });
  await secrets.createSecret({ id, name, values });
  await refused(secrets.createSecret({ id, name, values: { password: birds.make("other-content") } }));
  await refused(secrets.createSecret({ name, values }));
  await refused(secrets.createSecret({ name: " ", values }));
  await refused(secrets.createSecret({ name: "nul", values: { password: `${birds.make("nul-value")}\0` } }));
  await refused(secrets.createSecret({ name: "long", values: { password: birds.make("long-value").repeat(10_000) } }));
  await secrets.updateSecret({ secret: id, values: { password: birds.make("updated-value") } });
  await refused(secrets.updateSecret({ secret: id, values: { password: birds.make("late-value") }, etag: "r1" }));
  await secrets.readSecretValues({ secret: id });
}

async function connectors({ plane: { client }, birds, tokenUrl }: Use, refused: Refused, token: string): Promise<void> {
  const service = client(ConnectorService, token);
  const id = newUuid();
  const asked = {
    id,
    name: `bird-${id}`,
    oauthClient: { tokenUrl: `${tokenUrl}/token`, clientId: "bird" },
    secret: birds.make("connector-secret"),
  };
  await service.createConnector(asked);
  await service.createConnector(asked);
  await refused(service.createConnector({ ...asked, secret: birds.make("other-connector-secret") }));
  await refused(service.createConnector({ ...asked, id: newUuid(), secret: "x".repeat(70_000) + birds.make("long-connector-secret") }));
  const issued = await service.issueCredential({ connector: id });
  if (issued.bearer?.token === undefined) throw new Error("no bearer token was issued");
  await service.verifyConnector({ connector: id });
  await service.updateConnector({ connector: id, secret: birds.make("refused-connector-secret"), updateMask: { paths: ["secret"] } });
  await refused(service.issueCredential({ connector: id, fresh: true }));
  await refused(service.verifyConnector({ connector: id }));
  await records({ service, birds }, refused);
}

/** Connectors of a type that is known, and of one that is not. */
async function records(
  { service, birds }: { readonly service: Client<typeof ConnectorService>; readonly birds: Canaries },
  refused: Refused,
): Promise<void> {
  const settings = (password: string) => ({ text: JSON.stringify({ username: "bird", password }) });
  const docker = { id: newUuid(), name: `hub-${newUuid()}`, type: "docker", method: "password" };
  await service.createConnector({ ...docker, configuration: settings(birds.make("moved-password")) });
  await refused(service.createConnector({ ...docker, configuration: settings(birds.make("other-password")) }));
  const odd = { id: newUuid(), name: `odd-${newUuid()}`, type: "abacus", configuration: settings(birds.make("unknown-type-password")) };
  await service.createConnector({ ...odd, secrets: { beads: birds.make("named-secret") } });
  await refused(service.createConnector({ ...odd, id: newUuid(), secrets: { beads: birds.make("taken-secret") } }));
  await refused(service.updateConnector({ connector: docker.id, configuration: { text: `{"password": "${birds.make("broken-json")}` } }));
  await service.updateConnector({ connector: docker.id, secrets: { password: birds.make("updated-password") } });
  await refused(service.updateConnector({ connector: docker.id, secrets: { password: birds.make("late-password") }, etag: "r1" }));
  await refused(service.issueCredential({ connector: docker.id }));
  const tried = { ...docker, configuration: settings(birds.make("tried-password")) };
  await service.verifyNewConnector({ newConnector: tried });
  await refused(service.verifyNewConnector({ newConnector: { ...tried, secrets: { password: birds.make("twice-password") } } }));
  await service.verifyConnector({ connector: docker.id });
  await service.readConnectorSecrets({ connector: docker.id });
  await service.readConnectorSecrets({ connector: odd.id });
}

async function runTokens(
  { plane: { client }, birds }: Use,
  refused: Refused,
  token: string,
  { run = "" }: Readonly<Record<string, string>>,
): Promise<void> {
  const issued = await client(RunService, token).issueRunToken({ run });
  const runToken = birds.keep("run-token", issued.token);
  birds.keep("run-token-signature", runToken.slice(-24));
  const reports = client(ReportService, runToken);
  await reports.heartbeat({ run, step: "scene" });
  await refused(reports.heartbeat({ run: newUuid(), step: "scene" }));
  await refused(client(ProjectService, runToken).listProjects({}));
  await refused(client(ReportService, `${runToken}x`).heartbeat({ run, step: "scene" }));
}

/** Bodies that cannot be read, and secrets where none belong. Resolves with what was answered. */
async function brokenBodies({ plane: { url }, birds }: Use): Promise<string[]> {
  const secret = birds.make("broken-body");
  const signIn = `${url}/signalbox.identity.v1.AuthService/SignIn`;
  // The names of fields are no secrets: those that are unknown are told, so that a misspelt one is noticed.
  const bodies = [
    `{"userName": "bird", "password": "${secret}`,
    `{"userName": "bird", "password": ["${secret}"]}`,
    `{"password": "${secret}" nonsense}`,
    `{"userName": {"x": "${secret}"}}`,
    `{"userName": true, "password": "${secret}"}`,
    `["${secret}"]`,
    `"${secret}"`,
    `{"userName": "bird", "password": "${secret}\\ud800"}`,
    secret,
  ];
  const answers = await Promise.all(
    bodies.map((body) =>
      fetch(signIn, { method: "POST", headers: { "content-type": "application/json" }, body }).then((answer) => answer.text()),
    ),
  );
  const message = encodeURIComponent(JSON.stringify({ credential: secret, controlPlane: true }));
  const asked = [
    `${url}/signalbox.identity.v1.AuthService/ExchangeToken?connect=v1&encoding=json&message=${message}`,
    `${url}/signalbox.registry.v1.ProjectService/ListProjects?connect=v1&encoding=json&message=%7B%7D&access_token=${secret}`,
  ];
  const headers = { authorization: `Bearer ${secret}`, cookie: `session=${secret}`, "x-api-key": secret };
  const got = await Promise.all(asked.map((each) => fetch(each, { headers }).then((answer) => answer.text())));
  return [...answers, ...got];
}
