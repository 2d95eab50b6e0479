import { join } from "node:path";
import { OrganizationService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { type ServiceName, serviceNames } from "@signalbox/runtime/contract/services.ts";
import { newKeyringEntry } from "@signalbox/runtime/crypto/keys.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import { freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { outcome } from "./answer.ts";
import { freePorts } from "./free-ports.ts";
import { clientsOf, type Plane, planeSettings, signIn } from "./plane.ts";
import { runProgram } from "./program.ts";
import { startProxy, type TcpProxy } from "./proxy.ts";
import { untilReady } from "./ready.ts";
import { organization } from "./scene.ts";
import { type Supervised, saysReady, supervise } from "./supervised.ts";

export interface MeshOptions {
  readonly dialect: Exclude<DialectName, "sqlite">;
  /** The URL of an empty database; one is made for this mesh unless told. */
  readonly databaseUrl?: string;
  readonly redisUrl: string;
  /** Which services run in this mesh, all unless told. */
  readonly services?: readonly ServiceName[];
  /** How many processes of each, 1 unless told. Where it is more, a balancer stands in front of the edges. */
  readonly replicas?: number;
  /** Where the programs of each replica come from: the folder of another checkout, started before the next, or this one. */
  readonly trees?: readonly (string | undefined)[];
  /** Puts something between the programs: is told where a service listens, and tells at which port others are to look for it. */
  readonly between?: (port: number) => Promise<number>;
  /** Settings beside those that every mesh needs. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the first administrator is made and signed in: not in a workspace that runs apart. */
  readonly bootstrap?: boolean;
  /** What clients trust beside what everybody does, as PEM: for an edge that serves https. */
  readonly ca?: string;
}

export interface Mesh extends Omit<Plane, "folder"> {
  /** The programs by name, "runs" and "edge", and the second ones "runs 2" and "edge 2". */
  readonly programs: ReadonlyMap<string, Supervised>;
  /** Where each service answers gRPC, by its first process: "127.0.0.1:12345". */
  readonly addresses: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** What the processes wrote to standard output and error. */
  output(): string;
}

/** Real processes on loopback, one for each service and the edge or several, on a database of their own. */
export async function startMesh(options: MeshOptions): Promise<Mesh> {
  const { dialect, databaseUrl, redisUrl, services = serviceNames, trees = [], environment = {}, bootstrap = true, ca } = options;
  const { replicas = Math.max(1, trees.length) } = options;
  const { between = async (port: number) => port } = options;
  const database = databaseUrl === undefined ? await freshDatabase(dialect) : { url: databaseUrl, drop: async () => {} };
  const { edges, ports } = await portsOf(replicas);
  const addresses = Object.fromEntries(serviceNames.map((name) => [name, `127.0.0.1:${ports[name][0]}`]));
  const found = await Promise.all(
    serviceNames.map(async (name) => [addressOf(name), severalAt(await Promise.all(ports[name].map(between)))]),
  );
  const settings: Record<string, string> = {
    ...Object.fromEntries(found),
    SIGNALBOX_DATABASE_URL: database.url,
    SIGNALBOX_REDIS_URL: redisUrl,
    SIGNALBOX_MESH_KEYS: newKeyringEntry("m1"),
    SIGNALBOX_SEALING_KEYS: newKeyringEntry("s1"),
    SIGNALBOX_LOG_LEVEL: "info",
    ...planeSettings,
    ...environment,
  };
  const run = (name: string, replica: number, own: Record<string, string> = {}) =>
    runProgram(join(trees[replica] ?? "", "deploy/src/main.ts"), { ...settings, ...own }, { args: [name] });
  if (bootstrap) {
    const once = run("bootstrap", 0);
    if ((await once.ended) !== 0) throw new Error(`bootstrap failed:\n${once.out()}${once.err()}`);
  }
  const programs = new Map<string, Supervised>();
  function startReplica(replica: number): void {
    // What a program listens on is its own address; where others are it reads from those of all.
    const own = services.map((name): [string, Record<string, string>] => [
      name,
      { [addressOf(name)]: `127.0.0.1:${ports[name][replica]}` },
    ]);
    for (const [name, setting] of [...own, ["edge", { SIGNALBOX_PORT: String(edges[replica]) }] as const]) {
      programs.set(
        replica === 0 ? name : `${name} ${replica + 1}`,
        supervise(() => run(name, replica, setting)),
      );
    }
  }
  const allReady = () => Promise.all([...programs.values()].map(({ present }) => saysReady(present)));
  const balancer: TcpProxy | undefined = replicas > 1 ? await startProxy(edges.map((port) => ({ host: "127.0.0.1", port }))) : undefined;
  const scheme = settings.SIGNALBOX_TLS_CERT ? "https" : "http";
  const url = `${scheme}://127.0.0.1:${balancer?.port ?? edges[0]}`;
  const output = () => [...programs.values()].map((program) => program.output()).join("");
  const close = async () => {
    await Promise.all([...programs.values()].map((program) => program.stop()));
    await balancer?.close();
    await database.drop();
  };
  try {
    for (let replica = 0; replica < replicas; replica++) {
      startReplica(replica);
      if (trees.length > 0) await allReady();
    }
    await allReady();
    for (const port of edges) await untilReady(`${scheme}://127.0.0.1:${port}`);
    const client = clientsOf(url, ca);
    const admin = bootstrap ? await signIn(client) : "";
    if (bootstrap) await settled(client, admin);
    return { url, admin, client, programs, addresses, environment: settings, output, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where the edges listen, and the processes of each service. */
async function portsOf(replicas: number) {
  const free = [...(await freePorts((serviceNames.length + 1) * replicas))];
  const edges = free.splice(0, replicas);
  const ports = Object.fromEntries(serviceNames.map((name) => [name, free.splice(0, replicas)]));
  return { edges, ports: ports as Record<ServiceName, number[]> };
}

const addressOf = (name: ServiceName) => `SIGNALBOX_${name.toUpperCase()}_ADDRESS`;
const severalAt = (ports: readonly number[]) => `${ports.length > 1 ? "ipv4:" : ""}${ports.map((port) => `127.0.0.1:${port}`).join(",")}`;

/** Waits until the administrator is heard of everywhere: the events of the first start take a moment. */
async function settled(client: Plane["client"], admin: string): Promise<void> {
  const known = () => client(OrganizationService, admin).getOrganization({ organization });
  for (let round = 0; (await outcome(known())) !== "OK" && round < 200; round++) await sleep(50);
}
