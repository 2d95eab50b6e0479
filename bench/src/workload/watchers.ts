import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { WatchRunRequestSchema, WatchRunResponseSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";

/** What this program is told: whom to watch, by how many, and how many of those read slowly. */
export interface Watch {
  readonly url: string;
  readonly token: string;
  readonly run: string;
  readonly watchers: number;
  readonly slow: number;
  /** How many watchers are cut off and come back each second. */
  readonly cutsPerSecond: number;
}

/** What it tells at the end. Latencies are of those that do not read slowly, in milliseconds. */
export interface Watched {
  readonly latencies: readonly number[];
  readonly cuts: number;
  readonly resyncs: number;
  readonly messages: number;
  /** Pieces in which the messages came. */
  readonly pieces: number;
  /** Changes that a watcher never heard of, over all watchers. */
  readonly missing: number;
}

interface Watcher {
  readonly slow: boolean;
  readonly seen: Set<string>;
  revision: bigint;
  since: number;
  stream: ClientHttp2Stream | undefined;
}

const perSession = 250;
const slowEveryMs = 3_000;
const slowForMs = 5;
const latencies: number[] = [];
let [cuts, resyncs, messages, pieces, ending] = [0, 0, 0, 0, false];

/** What a message says. A thousand watchers are sent the same bytes, so that each is read once here as well. */
interface Said {
  readonly resync: boolean;
  readonly current: bigint | undefined;
  /** The names of steps, and when they were reported. */
  readonly steps: readonly (readonly [name: string, at: number])[];
}
const read = new Map<string, Said>();

function said(payload: Buffer): Said {
  const key = payload.toString("latin1");
  let known = read.get(key);
  if (!known) {
    const { part } = fromBinary(WatchRunResponseSchema, payload);
    known = {
      resync: part.case === "resync",
      current: part.case === "current" ? part.value : undefined,
      steps: part.case === "steps" ? part.value.steps.map(({ name }) => [name, Number(name.slice(name.indexOf("@") + 1))]) : [],
    };
    if (read.size > 256) read.clear();
    read.set(key, known);
  }
  return known;
}

function hear(watcher: Watcher, payload: Buffer): void {
  const now = Date.now();
  messages++;
  const { resync, current, steps } = said(payload);
  if (resync) {
    resyncs++;
    watcher.seen.clear();
  }
  for (const [name, at] of steps) {
    if (watcher.seen.has(name)) continue;
    watcher.seen.add(name);
    // What happened while it was away came as soon as it was back.
    if (!watcher.slow && at > watcher.since) latencies.push(now - at);
  }
  if (current !== undefined) watcher.revision = current;
}

function follow(watcher: Watcher, session: ClientHttp2Session, { token, run }: Watch): void {
  const request = toBinary(WatchRunRequestSchema, create(WatchRunRequestSchema, { run, afterRevision: watcher.revision }));
  const stream = session.request({
    ":method": "POST",
    ":path": "/signalbox.runs.v1.RunService/WatchRun",
    "content-type": "application/connect+proto",
    authorization: `Bearer ${token}`,
  });
  const envelope = Buffer.alloc(5 + request.length);
  envelope.writeUInt32BE(request.length, 1);
  envelope.set(request, 5);
  stream.end(envelope);
  watcher.stream = stream;
  watcher.since = Number.POSITIVE_INFINITY;
  let held: Buffer = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    pieces++;
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (held.length >= 5) {
      const end = 5 + held.readUInt32BE(1);
      if (held.length < end) break;
      if (held[0] !== 0) throw new Error(`the watch ended: ${held.subarray(5, end)}`);
      hear(watcher, held.subarray(5, end));
      if (watcher.since === Number.POSITIVE_INFINITY && watcher.revision > 0n) watcher.since = Date.now();
      held = held.subarray(end);
    }
  });
  stream.on("error", () => {});
  if (watcher.slow && !ending) stream.pause();
}

async function begin(watch: Watch): Promise<void> {
  const sessions = Array.from({ length: Math.ceil(watch.watchers / perSession) }, () => connect(watch.url));
  const sessionOf = (at: number) => sessions[at % sessions.length] as ClientHttp2Session;
  const all = Array.from({ length: watch.watchers }, (_, at): Watcher => {
    return { slow: at < watch.slow, seen: new Set(), revision: 0n, since: 0, stream: undefined };
  });
  for (const [at, watcher] of all.entries()) {
    follow(watcher, sessionOf(at), watch);
    if (at % 50 === 49) await sleep(20);
  }
  while (all.some(({ slow, revision }) => !slow && revision === 0n)) await sleep(20);
  process.send?.("ready");

  const cutting = setInterval(() => {
    for (let n = 0; n < watch.cutsPerSecond / 10; n++) {
      const at = Math.floor(Math.random() * all.length);
      const watcher = all[at] as Watcher;
      watcher.stream?.close(8);
      watcher.stream?.removeAllListeners("data");
      cuts++;
      setTimeout(() => follow(watcher, sessionOf(at), watch), Math.random() * 500);
    }
  }, 100);
  const slowly = setInterval(() => {
    for (const { slow, stream } of all) {
      if (!slow) continue;
      stream?.resume();
      setTimeout(() => !ending && stream?.pause(), slowForMs);
    }
  }, slowEveryMs);

  process.on("message", async (names: readonly string[]) => {
    ending = true;
    clearInterval(cutting);
    clearInterval(slowly);
    await sleep(700);
    for (const { stream } of all) stream?.resume();
    const lacking = () => all.reduce((sum, { seen }) => sum + names.filter((name) => !seen.has(name)).length, 0);
    for (let round = 0; round < 50 && lacking() > 0; round++) await sleep(100);
    process.send?.({ latencies, cuts, resyncs, messages, pieces, missing: lacking() } satisfies Watched, () => process.exit(0));
  });
}

process.once("message", (watch: Watch) => void begin(watch));
