import { ExecutionMode } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { LRUCache } from "lru-cache";
import type { RunTable, StepTable } from "../tables.ts";
import type { RunDraft } from "./draft.ts";

/** A run with the attempts of all its steps, oldest first, as this process wrote or read them last. */
export interface Remembered {
  readonly run: RunTable;
  readonly steps: ReadonlyMap<string, readonly StepTable[]>;
}

/**
 * What the last reports left of runs, so that the next need not read it. Another replica may have changed it meanwhile:
 * whoever writes finds that by the revision, whoever does not has to look.
 */
export interface Memory {
  recall(key: string): Remembered | undefined;
  /** Takes up a run as it is now durable. `all` says whether the draft has every attempt there is, but for those remembered. */
  keep(key: string, draft: RunDraft, before: Remembered | undefined): void;
  /** Forgets a run, for a while where somebody else writes it too. */
  forget(key: string, shared: boolean): void;
  /** The database's clock by ours; undefined where it was not read lately. */
  dbNow(): Micros | undefined;
  /** Notes what the database's clock said a moment ago. */
  told(dbNow: Micros): void;
}

/** Attempts of steps that are remembered in all, some 1.5 kB each. */
const mostSteps = 20_000;
/** A run that several replicas report is not remembered for so long. */
const sharedMs = 5_000;
/** How long our clock measures time as well as the database's. */
const steadyMs = 10_000;

export function memory(): Memory {
  const known = new LRUCache<string, Remembered>({ maxSize: mostSteps, sizeCalculation: ({ run }) => run.positions + 1 });
  const shared = new LRUCache<string, true>({ max: 10_000, ttl: sharedMs });
  let clock: { readonly dbNow: Micros; readonly at: number } | undefined;
  return {
    recall: (key) => known.get(key),
    keep(key, { run, steps: drafts }, before) {
      if (shared.has(key)) return;
      const steps = new Map(before?.steps);
      for (const [name, attempts] of drafts) {
        steps.set(
          name,
          attempts.map(({ row }) => row),
        );
      }
      let attempts = 0;
      for (const each of steps.values()) attempts += each.length;
      // Only a run of which every attempt is known tells which there are not.
      if (attempts === run.positions) known.set(key, { run, steps });
      else known.delete(key);
    },
    forget(key, isShared) {
      known.delete(key);
      if (isShared) shared.set(key, true);
    },
    dbNow() {
      const since = clock ? performance.now() - clock.at : Number.POSITIVE_INFINITY;
      return clock && since < steadyMs ? clock.dbNow + Math.round(since * 1000) : undefined;
    },
    told(dbNow) {
      clock = { dbNow, at: performance.now() };
    },
  };
}

/** The attempts of these steps, and of those that wait for another attempt. */
export function recalledSteps({ steps }: Remembered, names: ReadonlySet<string>, retrying: boolean): StepTable[] {
  if (!retrying) return [...names].flatMap((name) => steps.get(name) ?? []);
  return [...steps].flatMap(([name, attempts]) =>
    names.has(name) ? attempts : attempts.filter(({ status }) => status === Status.RETRYING),
  );
}

/** Where the latest attempt of every step stands. */
export function recalledStanding({ run, steps }: Remembered): Map<string, Status> | undefined {
  if (run.executionMode !== ExecutionMode.CONTINUE_ON_FAILURE) return undefined;
  return new Map([...steps].flatMap(([name, attempts]) => attempts.slice(-1).map(({ status }) => [name, status] as const)));
}
