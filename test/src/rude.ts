import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** A load that heeds nothing it is told. */
export interface RudeLoad {
  readonly port: number;
  /** The head of each request, without its length and its end. */
  readonly head: string;
  /** The body; `$ID` is a number that differs each time. */
  readonly body: string;
  /** How many ask at once, each again as soon as it has an answer. */
  readonly sockets: number;
  readonly forMs: number;
  /** How many calls a second all of them make together, at most; as many as they can unless told. */
  readonly perSecond?: number;
}

export interface RudeTally {
  /** How many answers had which status; connections that broke, by the code of the error. */
  readonly statuses: Record<string, number>;
  /** Of those that were refused. */
  readonly reasons: Record<string, number>;
  readonly refusedMs: number[];
  readonly acceptedMs: number[];
}

/** Puts a load on a server from another thread. */
export async function rude(load: RudeLoad): Promise<RudeTally> {
  const worker = new Worker(new URL("./rude-worker.ts", import.meta.url), { workerData: load });
  const [tally] = (await once(worker, "message")) as [RudeTally];
  await worker.terminate();
  return tally;
}

/** The value below which this share of the values is; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
