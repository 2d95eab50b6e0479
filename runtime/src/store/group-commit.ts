import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { overloaded, SignalboxError } from "../errors.ts";

const failure = Symbol("failure");

/** What a commit answers for an item that failed alone. */
export interface Failed {
  readonly [failure]: unknown;
}

/** Fails one item of a batch, and not the others. */
export const failed = (reason: unknown): Failed => ({ [failure]: reason });

export interface GroupCommitOptions<T, R> {
  /** Writes a batch, durably, and answers for each item in order. If it throws, its items are written one by one. */
  readonly commit: (batch: readonly T[]) => Promise<readonly (R | Failed)[]>;
  /** The most items of a batch. */
  readonly maxBatch?: number;
  /** The most batches at once. */
  readonly concurrency?: number;
  /** The most items that wait; one more fails with OVERLOADED. */
  readonly maxWaiting?: number;
  /** Items of one key are never in two batches at once, and keep their order. */
  readonly key?: (item: T) => string;
}

export interface GroupCommit<T, R> {
  /** Resolves when the item is durable. */
  submit(item: T): Promise<R>;
  /** Resolves when nothing waits and nothing is being written. */
  drain(): Promise<void>;
}

interface Entry<T, R> {
  readonly item: T;
  readonly key: string | undefined;
  readonly resolve: (result: R) => void;
  readonly reject: (reason: unknown) => void;
}

/** For so many turns of the event loop a batch waits at most for those that still come. */
const mostTurns = 4;

/**
 * Writes concurrent items together: while one batch is being committed, the next
 * gathers, and goes on to as long as each turn of the event loop brings more. Under load a
 * commit is shared by many; alone, an item waits for nobody.
 */
export function groupCommit<T, R>({
  commit,
  maxBatch = 200,
  concurrency = 1,
  maxWaiting = 10_000,
  key,
}: GroupCommitOptions<T, R>): GroupCommit<T, R> {
  let ready: Entry<T, R>[] = [];
  /** By key, what waits for a batch that has others of the key. All older than what is ready. */
  const held = new Map<string, Entry<T, R>[]>();
  const busy = new Set<string>();
  let idle: (() => void)[] = [];
  let waiting = 0;
  let running = 0;
  let gathering = false;
  let joined = 0;

  function hold(entry: Entry<T, R>, key: string): void {
    const others = held.get(key);
    if (others) others.push(entry);
    else held.set(key, [entry]);
  }

  function take(): Entry<T, R>[] {
    const batch: Entry<T, R>[] = [];
    const rest = ready;
    let at = 0;
    for (; at < rest.length && batch.length < maxBatch; at++) {
      const entry = rest[at] as Entry<T, R>;
      if (entry.key === undefined || !busy.has(entry.key)) batch.push(entry);
      else hold(entry, entry.key);
    }
    ready = rest.slice(at);
    for (const { key } of batch) if (key !== undefined) busy.add(key);
    waiting -= batch.length;
    return batch;
  }

  async function run(batch: readonly Entry<T, R>[]): Promise<void> {
    running++;
    await settle(batch, commit);
    running--;
    const freed: Entry<T, R>[] = [];
    for (const { key } of batch) {
      if (key === undefined || !busy.delete(key)) continue;
      freed.push(...(held.get(key) ?? []));
      held.delete(key);
    }
    if (freed.length > 0) ready = freed.concat(ready);
    if (ready.length > 0) gather();
    else pump();
  }

  /** Begins a batch, once a turn of the event loop went by that brought nothing to it. */
  function gather(): void {
    if (gathering) return;
    gathering = true;
    let turns = 0;
    const turn = () => {
      if (joined === 0 || ready.length >= maxBatch || ++turns > mostTurns) {
        gathering = false;
        pump();
        return;
      }
      joined = 0;
      setImmediate(turn);
    };
    setImmediate(turn);
  }

  function pump(): void {
    while (running < concurrency && ready.length > 0) {
      const batch = take();
      if (batch.length > 0) void run(batch);
    }
    if (running > 0 || waiting > 0) return;
    for (const resolve of idle) resolve();
    idle = [];
  }

  return {
    submit(item) {
      if (waiting >= maxWaiting) return Promise.reject(overloaded());
      waiting++;
      return new Promise<R>((resolve, reject) => {
        ready.push({ item, key: key?.(item), resolve, reject });
        joined++;
        if (running < concurrency) gather();
      });
    },
    drain: () => (waiting + running === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
  };
}

async function settle<T, R>(batch: readonly Entry<T, R>[], commit: GroupCommitOptions<T, R>["commit"]): Promise<void> {
  try {
    const results = await commit(batch.map(({ item }) => item));
    if (results.length !== batch.length) throw new Error(`a commit of ${batch.length} items answered for ${results.length}`);
    for (const [i, { resolve, reject }] of batch.entries()) {
      const result = results[i] as R | Failed;
      if (isFailed(result)) reject(result[failure]);
      else resolve(result);
    }
  } catch (error) {
    const alone = batch.length === 1 || (error instanceof SignalboxError && error.reason === Reason.UNAVAILABLE);
    if (alone) for (const { reject } of batch) reject(error);
    else for (const entry of batch) await settle([entry], commit);
  }
}

const isFailed = (result: unknown): result is Failed => typeof result === "object" && result !== null && failure in result;
