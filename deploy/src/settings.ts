import { defineConfig, setting } from "@signalbox/runtime/host/config.ts";
import { logLevels } from "@signalbox/runtime/host/log.ts";
import { duration, flag, list, oneOf, password, port, ratio, text, urlOf, wholeNumber } from "@signalbox/runtime/host/setting-forms.ts";

const databaseUrl = urlOf("postgres", "postgresql", "mysql", "mariadb", "sqlite");

/** What every program reads, whichever way it runs. */
export const commonSettings = defineConfig({
  logLevel: setting(oneOf(...logLevels), { env: "SIGNALBOX_LOG_LEVEL", doc: "The least important log lines to write.", default: "info" }),
  issuer: setting(text, {
    env: "SIGNALBOX_ISSUER",
    doc: "What access tokens name as their issuer; the same for both planes.",
    default: "urn:signalbox",
  }),
  redisUrl: setting(urlOf("redis", "rediss", "redis+sentinel", "redis+cluster").optional(), {
    env: "SIGNALBOX_REDIS_URL",
    doc: "The Redis that replicas share for cached credentials, wake-ups and rate limits. Without one each program has its own memory, and limits callers by itself.",
    secret: true,
  }),
  otlpEndpoint: setting(urlOf("http", "https").optional(), {
    env: "OTEL_EXPORTER_OTLP_ENDPOINT",
    doc: "Where traces and metrics are sent, by OTLP over HTTP. Without it none are made.",
  }),
  traceRatio: setting(ratio, {
    env: "SIGNALBOX_TRACE_RATIO",
    doc: "Which share of calls is traced, where the caller does not say.",
    default: 1,
  }),
  drainTime: setting(duration, {
    env: "SIGNALBOX_DRAIN_TIME",
    doc: "How long calls under way may take to end when the program stops.",
    default: 10_000,
  }),
  maxCalls: setting(wholeNumber(32, 1_000_000), {
    env: "SIGNALBOX_MAX_CALLS",
    doc: "How many calls a program has under way at once. It lets in fewer while it cannot keep up, and refuses what is beyond with OVERLOADED.",
    default: 1_000,
  }),
  maxStreams: setting(wholeNumber(32, 1_000_000), {
    env: "SIGNALBOX_MAX_STREAMS",
    doc: "How many streams a program has open at once: of reports, and of those who watch.",
    default: 4_000,
  }),
  policyGrace: setting(duration, {
    env: "SIGNALBOX_POLICY_GRACE",
    doc: "For how long decisions go on without updates of the policy.",
    default: 300_000,
  }),
});

const poolSize = setting(wholeNumber(1, 100), {
  env: "SIGNALBOX_DATABASE_CONNECTIONS",
  doc: "How many connections each service keeps to its database at most. A process that holds all services has seven times as many.",
  default: 6,
});

const privateHosts = setting(list, {
  env: "SIGNALBOX_PRIVATE_HOSTS",
  doc: "Hosts of code in private networks, by name or name:port, that the service of credentials may speak to, over http too. Others have to be on the internet.",
  default: [],
});

/** What protects the data and the calls between programs. The same for all programs of a plane. */
export const keySettings = defineConfig({
  meshKeys: setting(text, {
    env: "SIGNALBOX_MESH_KEYS",
    doc: "What services and run tokens prove themselves with: id:secret[,id:secret], each secret 32 bytes in base64url, the current one first.",
    secret: true,
  }),
  sealingKeys: setting(text, {
    env: "SIGNALBOX_SEALING_KEYS",
    doc: "What stored secrets are sealed under, in the same form.",
    secret: true,
  }),
});

/** Mutual TLS between the programs of a mesh. */
const meshTlsSettings = defineConfig({
  meshTlsCa: setting(text.optional(), {
    env: "SIGNALBOX_MESH_TLS_CA",
    doc: "The authority that the programs of the mesh trust, as PEM; with it they speak mutual TLS.",
    secret: true,
  }),
  meshTlsKey: setting(text.optional(), {
    env: "SIGNALBOX_MESH_TLS_KEY",
    doc: "The program's private key for the mesh, as PEM.",
    secret: true,
  }),
  meshTlsCert: setting(text.optional(), {
    env: "SIGNALBOX_MESH_TLS_CERT",
    doc: "The program's certificate for the mesh, as PEM; it names the host that others reach it by.",
    secret: true,
  }),
});

/** The door. */
export const edgeSettings = defineConfig({
  host: setting(text, { env: "SIGNALBOX_HOST", doc: "The address to listen on; 0.0.0.0 for all.", default: "127.0.0.1" }),
  port: setting(port, { env: "SIGNALBOX_PORT", doc: "The port to listen on.", default: 8750 }),
  tlsKey: setting(text.optional(), { env: "SIGNALBOX_TLS_KEY", doc: "The private key to serve https with, as PEM.", secret: true }),
  tlsCert: setting(text.optional(), { env: "SIGNALBOX_TLS_CERT", doc: "The certificate chain to serve https with, as PEM.", secret: true }),
  hosts: setting(list, {
    env: "SIGNALBOX_HOSTS",
    doc: "The names that callers may address the server by. On loopback the names of loopback are enough.",
    default: ["localhost", "127.0.0.1", "::1"],
  }),
  origins: setting(list, { env: "SIGNALBOX_ORIGINS", doc: "The origins whose pages may call from a browser.", default: [] }),
  trustedProxies: setting(wholeNumber(0, 10), {
    env: "SIGNALBOX_TRUSTED_PROXIES",
    doc: "How many proxies in front are trusted to say who calls.",
    default: 0,
  }),
  secure: setting(flag, { env: "SIGNALBOX_SECURE", doc: "Whether a proxy in front serves https.", default: false }),
  maxBodyBytes: setting(wholeNumber(1_024, 67_108_864), {
    env: "SIGNALBOX_MAX_BODY_BYTES",
    doc: "The largest body that is read.",
    default: 8_388_608,
  }),
  principalRate: setting(wholeNumber(1, 1_000_000), {
    env: "SIGNALBOX_PRINCIPAL_RATE",
    doc: "Calls a second that one principal may make in the long run; four times that at once.",
    default: 2_000,
  }),
  addressRate: setting(wholeNumber(1, 1_000_000), {
    env: "SIGNALBOX_ADDRESS_RATE",
    doc: "Calls a second from one address without credentials, or with wrong ones; four times that at once.",
    default: 50,
  }),
});

/** What the first start makes. */
export const firstSettings = defineConfig({
  adminUser: setting(text, { env: "SIGNALBOX_ADMIN_USER", doc: "The user name of the bootstrap administrator.", default: "admin" }),
  adminPassword: setting(password.optional(), {
    env: "SIGNALBOX_ADMIN_PASSWORD",
    doc: "Their first password; made and shown once where none is given.",
    secret: true,
  }),
  organization: setting(text, { env: "SIGNALBOX_ORGANIZATION", doc: "The name of the first organization.", default: "default" }),
  workspace: setting(text, { env: "SIGNALBOX_WORKSPACE_NAME", doc: "The name of the first workspace.", default: "default" }),
});

/** One process: everything in a folder. */
export const oneProcessSettings = defineConfig({
  ...commonSettings,
  ...edgeSettings,
  ...firstSettings,
  data: setting(text, { env: "SIGNALBOX_DATA", doc: "The folder that holds databases and keys.", default: "data" }),
  poolSize,
  privateHosts,
  databaseUrl: setting(databaseUrl.optional(), {
    env: "SIGNALBOX_DATABASE_URL",
    doc: "A database instead of the embedded one.",
    secret: true,
  }),
  meshKeys: setting(text.optional(), { env: "SIGNALBOX_MESH_KEYS", doc: keySettings.meshKeys.doc, secret: true }),
  sealingKeys: setting(text.optional(), { env: "SIGNALBOX_SEALING_KEYS", doc: keySettings.sealingKeys.doc, secret: true }),
});

/** One service of a mesh. */
export const serviceSettings = defineConfig({
  ...commonSettings,
  ...keySettings,
  ...meshTlsSettings,
  poolSize,
  privateHosts,
  databaseUrl: setting(databaseUrl, { env: "SIGNALBOX_DATABASE_URL", doc: "The database of the service's plane.", secret: true }),
  listenHost: setting(text, { env: "SIGNALBOX_LISTEN_HOST", doc: "The address that a service listens on for gRPC.", default: "127.0.0.1" }),
  identity: address("identity", 8751),
  rbac: address("rbac", 8752),
  org: address("org", 8753),
  registry: address("registry", 8754),
  runs: address("runs", 8755),
  artifacts: address("artifacts", 8756),
  credentials: address("credentials", 8757),
  controlUrl: setting(urlOf("http", "https").optional(), {
    env: "SIGNALBOX_CONTROL_URL",
    doc: "Where the control plane is, for a workspace that runs apart from it.",
  }),
  controlKey: setting(text.optional(), {
    env: "SIGNALBOX_CONTROL_KEY",
    doc: "The API key of this workspace at its control plane.",
    secret: true,
  }),
  controlCa: setting(text.optional(), {
    env: "SIGNALBOX_CONTROL_CA",
    doc: "The certificate authority of the control plane, as PEM, where it is none that all know.",
    secret: true,
  }),
  controlWorkspace: setting(text.optional(), {
    env: "SIGNALBOX_CONTROL_WORKSPACE",
    doc: "The UUID of this workspace, where it runs apart from its control plane.",
  }),
});

/** The edge of a mesh. */
export const edgeProcessSettings = defineConfig({
  ...serviceSettings,
  ...edgeSettings,
  databaseUrl: setting(databaseUrl.optional(), { env: "SIGNALBOX_DATABASE_URL", doc: "Not used by the edge.", secret: true }),
  sealingKeys: setting(text.optional(), { env: "SIGNALBOX_SEALING_KEYS", doc: "Not used by the edge.", secret: true }),
  planes: setting(oneOf("both", "control"), {
    env: "SIGNALBOX_PLANES",
    doc: "What the edge stands in front of: both planes, or the control plane of workspaces that run apart. With SIGNALBOX_CONTROL_URL it is the workspace.",
    default: "both",
  }),
});

/** What the SDK and the command line read in the same environment. */
export const clientSettings = defineConfig({
  url: setting(text.optional(), { env: "SIGNALBOX_URL", doc: "The server that clients connect to." }),
  apiKey: setting(text.optional(), { env: "SIGNALBOX_API_KEY", doc: "The key that clients sign in with." }),
  runToken: setting(text.optional(), { env: "SIGNALBOX_RUN_TOKEN", doc: "The token of the run that a client reports on." }),
  workspace: setting(text.optional(), { env: "SIGNALBOX_WORKSPACE", doc: "The workspace of clients, by id or name." }),
  project: setting(text.optional(), { env: "SIGNALBOX_PROJECT", doc: "The project of clients, by id or name." }),
  profile: setting(text.optional(), { env: "SIGNALBOX_PROFILE", doc: "The profile of clients." }),
  artifacts: setting(text.optional(), { env: "SIGNALBOX_ARTIFACTS", doc: "The folder that clients keep artifacts in." }),
});

/** What the programs of a mesh read, which are started with one environment. */
export const meshSettings = [serviceSettings, edgeProcessSettings, firstSettings, clientSettings] as const;

function address(service: string, standardPort: number) {
  return setting(text, {
    env: `SIGNALBOX_${service.toUpperCase()}_ADDRESS`,
    doc: `Where ${service} answers gRPC: host:port, or dns:///name:port for several replicas.`,
    default: `127.0.0.1:${standardPort}`,
  });
}
