import { ExecutionMode } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { LRUCache } from "lru-cache";
import { isEnded } from "../status/transitions.ts";
import type { RunTable, StepTable } from "../tables.ts";
import type { RunDraft } from "./draft.ts";

/** A run as this process wrote or read it last. */
export interface Remembered {
  readonly run: RunTable;
  /** By name, the attempts of every step, oldest first; of one that has ended only how, because it is hardly ever reported again. */
  readonly steps: ReadonlyMap<string, readonly StepTable[] | Status>;
}

/** With how many attempts it has, and what it takes. */
interface Known extends Remembered {
  readonly steps: Map<string, readonly StepTable[] | Status>;
  readonly attempts: number;
  readonly units: number;
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

/** What is remembered in all, in units of about 100 bytes. */
const mostUnits = 400_000;
const unitsOfRow = 15;
const unitsOfName = 2;
/** A run that several replicas report is not remembered for so long. */
const sharedMs = 5_000;
/** How long our clock measures time as well as the database's. */
const steadyMs = 10_000;

export function memory(): Memory {
  const known = new LRUCache<string, Known>({ maxSize: mostUnits, sizeCalculation: ({ units }) => units });
  const shared = new LRUCache<string, true>({ max: 10_000, ttl: sharedMs });
  let clock: { readonly dbNow: Micros; readonly at: number } | undefined;
  return {
    recall: (key) => known.get(key),
    keep(key, { run, steps: drafts }, before) {
      if (shared.has(key)) return;
      // Taken over rather than copied: a run of thousands of steps is reported step by step.
      const { steps, ...counts } = (before as Known | undefined) ?? { steps: new Map(), attempts: 0, units: unitsOfRow };
      let { attempts, units } = counts;
      for (const [name, drafted] of drafts) {
        attempts += before ? drafted.filter(({ fresh }) => fresh).length : drafted.length;
        units -= unitsOf(steps.get(name));
        const rows = drafted.map(({ row }) => row);
        const latest = rows.at(-1);
        steps.set(name, latest && isEnded(latest.status) ? latest.status : rows);
        units += unitsOf(steps.get(name));
      }
      // Only a run of which every attempt is known tells which there are not; of one that has ended hardly anything is reported.
      if (attempts === run.positions && run.inProgress === 1) known.set(key, { run, steps, attempts, units });
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

const unitsOf = (known: readonly StepTable[] | Status | undefined): number => {
  if (known === undefined) return 0;
  return unitsOfName + (typeof known === "number" ? 0 : unitsOfRow * known.length);
};

/** The attempts of these steps, as far as they are remembered, and of those that wait for another attempt. */
export function recalledSteps({ steps }: Remembered, names: ReadonlySet<string>, retrying: boolean): StepTable[] {
  const named = [...names].flatMap((name) => rowsOf(steps.get(name)));
  if (!retrying) return named;
  const others = [...steps].flatMap(([name, known]) => (names.has(name) ? [] : rowsOf(known)));
  return [...named, ...others.filter(({ status }) => status === Status.RETRYING)];
}

/** Those of these steps of which it is only known how they ended. */
export const forgottenSteps = ({ steps }: Remembered, names: ReadonlySet<string>): string[] =>
  [...names].filter((name) => typeof steps.get(name) === "number");

/** Where the latest attempt of every step stands. */
export function recalledStanding({ run, steps }: Remembered): Map<string, Status> | undefined {
  if (run.executionMode !== ExecutionMode.CONTINUE_ON_FAILURE) return undefined;
  const standing = new Map<string, Status>();
  for (const [name, known] of steps) {
    const status = typeof known === "number" ? known : (known.at(-1) as StepTable).status;
    // Those that are to be tried again stand nowhere until they are.
    if (status !== Status.RETRIED) standing.set(name, status);
  }
  return standing;
}

const rowsOf = (known: readonly StepTable[] | Status | undefined): readonly StepTable[] =>
  known === undefined || typeof known === "number" ? [] : known;
