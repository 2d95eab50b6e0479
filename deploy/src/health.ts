import { get } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { get as getSecurely } from "node:https";
import { connect } from "node:net";
import { parseArgs } from "node:util";
import type { Config } from "@signalbox/runtime/host/config.ts";
import { readConfig } from "@signalbox/runtime/host/read-config.ts";
import { edgeProcessSettings, meshSettings, serviceSettings } from "./settings.ts";

// Tells whether the programs that listen on this machine can serve: all of them, or the one that is named. Ends with 1 where
// one cannot, or none listens. For containers, which have one program each and no curl. It runs every few seconds beside each
// program, so it loads neither a gRPC library nor the contract, which take longer to load than to ask.

type Settings = Config<typeof edgeProcessSettings>;

const withinMs = 2_500;

/** Every program that listens, and the setting of its address: none for the edge. */
const programs = new Map<string, keyof Settings | undefined>([
  ["edge", undefined],
  ...(Object.entries(serviceSettings) as [keyof Settings, { env: string }][])
    .filter(([, { env }]) => env.endsWith("_ADDRESS"))
    .map(([name]) => [name, name] as const),
]);

interface Place {
  readonly host: string;
  readonly port: number;
  /** The name that others reach it by. */
  readonly name: string;
}

function placeOf(program: string, config: Settings): Place {
  const setting = programs.get(program);
  // What listens on all addresses is asked on loopback.
  const near = (host: string) => ({ "0.0.0.0": "127.0.0.1", "::": "::1" })[host] ?? host;
  if (setting === undefined) return { host: near(config.host), port: config.port, name: config.hosts[0] ?? "localhost" };
  const [, name = "", port = ""] = /([^/]*):(\d+)$/.exec(String(config[setting])) ?? [];
  return { host: near(config.listenHost), port: Number(port), name };
}

function listens({ host, port }: Place): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: withinMs });
    const told = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", told(true)).once("error", told(false)).once("timeout", told(false));
  });
}

/** What is wrong with the edge, as it says at /readyz. It answers for its own names only, and its certificate is for those, not for loopback. */
function faultOfEdge({ host, port, name }: Place, { tlsCert }: Settings): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { host, port, path: "/readyz", headers: { host: name }, timeout: withinMs, rejectUnauthorized: false };
    const asked = (tlsCert === undefined ? get : getSecurely)(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200 ? undefined : `/readyz answers ${answer.statusCode}`);
    });
    asked.on("timeout", () => asked.destroy(new Error(`no answer within ${withinMs} ms`)));
    asked.on("error", ({ message }) => resolve(message));
  });
}

// A message of gRPC: not compressed, its length, its bytes. The request is empty; field 1 of the answer is 1 for SERVING.
const request = Buffer.from([0, 0, 0, 0, 0]);
const serving = Buffer.from([0, 0, 0, 0, 2, 0x08, 1]);

/** What is wrong with a service, as it says by grpc.health.v1. */
function faultOfService({ host, port, name }: Place, { meshTlsCa: ca, meshTlsKey: key, meshTlsCert: cert }: Settings) {
  return new Promise<string | undefined>((resolve) => {
    const [scheme, tls] = ca === undefined ? ["http", {}] : ["https", { ca, key, cert, servername: name }];
    const session = connectHttp2(`${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`, tls);
    const told = (fault: string | undefined) => {
      session.destroy();
      resolve(fault);
    };
    session.on("error", ({ message }) => told(message));
    session.setTimeout(withinMs, () => told(`no answer within ${withinMs} ms`));
    const call = session.request({
      ":method": "POST",
      ":path": "/grpc.health.v1.Health/Check",
      "content-type": "application/grpc",
      te: "trailers",
    });
    const chunks: Buffer[] = [];
    call.on("error", ({ message }) => told(message));
    call.on("data", (chunk: Buffer) => chunks.push(chunk));
    call.on("end", () => told(Buffer.concat(chunks).equals(serving) ? undefined : "it says that it is not ready"));
    call.end(request);
  });
}

const [named] = parseArgs({ allowPositionals: true }).positionals;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  if (named !== undefined && !programs.has(named)) throw new Error(`say which program to ask: ${[...programs.keys()].join(", ")}`);
  const config = readConfig(edgeProcessSettings, process.env, { alsoKnown: meshSettings });
  const faults: (string | undefined)[] = [];
  for (const program of named === undefined ? programs.keys() : [named]) {
    const place = placeOf(program, config);
    if (!(await listens(place))) continue;
    const fault = await (program === "edge" ? faultOfEdge(place, config) : faultOfService(place, config));
    say(`${program}: ${fault ?? "ready"}`);
    faults.push(fault);
  }
  if (faults.length === 0) say(named === undefined ? "no program listens here" : `${named} does not listen here`);
  return faults.length > 0 && faults.every((fault) => fault === undefined) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`health: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
