import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { get as getSecurely } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { type ServiceName, serviceNames } from "@signalbox/runtime/contract/services.ts";
import { newKeyringEntry } from "@signalbox/runtime/crypto/keys.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import { freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { adminPassword, clientsOf, type Plane } from "./plane.ts";

const main = fileURLToPath(new URL("../../deploy/src/main.ts", import.meta.url));
// Nine programs begin at once: what one has compiled, the others need not.
const compiled = fileURLToPath(new URL("../../node_modules/.cache/node", import.meta.url));

export interface MeshOptions {
  readonly dialect: Exclude<DialectName, "sqlite">;
  readonly redisUrl: string;
  /** Which services run in this mesh, all unless told. */
  readonly services?: readonly ServiceName[];
  /** Settings beside those that every mesh needs. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the first administrator is made and signed in: not in a workspace that runs apart. */
  readonly bootstrap?: boolean;
  /** What clients trust beside what everybody does, as PEM: for an edge that serves https. */
  readonly ca?: string;
}

export interface Mesh extends Omit<Plane, "folder"> {
  /** The processes by name, to be killed or paused. */
  readonly processes: ReadonlyMap<string, ChildProcess>;
  /** Starts a process that has ended once more. */
  restart(name: string): void;
  /** Where each service answers gRPC: "127.0.0.1:12345". */
  readonly addresses: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** What the processes wrote to standard output and error. */
  output(): string;
}

/** Real processes on loopback, one for each service and the edge, on a database of their own. */
export async function startMesh({
  dialect,
  redisUrl,
  services = serviceNames,
  environment = {},
  bootstrap = true,
  ca,
}: MeshOptions): Promise<Mesh> {
  const database = await freshDatabase(dialect);
  const [edgePort = 0, ...ports] = await freePorts(serviceNames.length + 1);
  const addresses = Object.fromEntries(serviceNames.map((name, index) => [name, `127.0.0.1:${ports[index]}`]));
  const settings: Record<string, string> = {
    PATH: process.env.PATH ?? "",
    NODE_COMPILE_CACHE: compiled,
    SIGNALBOX_DATABASE_URL: database.url,
    SIGNALBOX_REDIS_URL: redisUrl,
    SIGNALBOX_MESH_KEYS: newKeyringEntry("m1"),
    SIGNALBOX_SEALING_KEYS: newKeyringEntry("s1"),
    SIGNALBOX_LOG_LEVEL: "info",
    SIGNALBOX_PORT: String(edgePort),
    SIGNALBOX_ADMIN_PASSWORD: adminPassword,
    SIGNALBOX_ADDRESS_RATE: "100000",
    SIGNALBOX_PRINCIPAL_RATE: "100000",
    ...Object.fromEntries(Object.entries(addresses).map(([name, address]) => [`SIGNALBOX_${name.toUpperCase()}_ADDRESS`, address])),
    ...environment,
  };
  let written = "";
  const run = (name: string): ChildProcess => {
    const child = spawn(process.execPath, [main, name], { env: settings, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (written += String(chunk)));
    return child;
  };
  if (bootstrap) {
    const [code] = (await once(run("bootstrap"), "exit")) as [number];
    if (code !== 0) throw new Error(`bootstrap failed:\n${written}`);
  }
  const processes = new Map([...services, "edge"].map((name) => [name, run(name)] as const));
  const url = `${settings.SIGNALBOX_TLS_CERT ? "https" : "http"}://127.0.0.1:${edgePort}`;
  const close = async () => {
    await Promise.all([...processes.values()].map(ended));
    await database.drop();
  };
  try {
    await ready(url, () => written, processes);
    const client = clientsOf(url, ca);
    const admin = bootstrap
      ? ((await client(AuthService).signIn({ userName: "admin", password: adminPassword })).tokens?.accessToken ?? "")
      : "";
    const restart = (name: string) => void processes.set(name, run(name));
    return { url, admin, client, processes, restart, addresses, environment: settings, output: () => written, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await exit;
  clearTimeout(timer);
}

async function ready(url: string, output: () => string, processes: ReadonlyMap<string, ChildProcess>): Promise<void> {
  // Certificates of tests are nobody's; whether the server is trusted is for the tests to try.
  for (let round = 0; round < 600; round++) {
    for (const [name, { exitCode }] of processes) if (exitCode !== null) throw new Error(`${name} ended with ${exitCode}:\n${output()}`);
    if ((await statusOf(`${url}/readyz`)) === 200) return;
    await sleep(100);
  }
  throw new Error(`the mesh is not ready after a minute:\n${output().slice(-4_000)}`);
}

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const heard = (answer: IncomingMessage) => resolve(answer.resume().statusCode);
    const request = url.startsWith("https:") ? getSecurely(url, { rejectUnauthorized: false }, heard) : get(url, heard);
    request.on("error", () => resolve(undefined));
  });
}

/** Ports that nothing listens on now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
