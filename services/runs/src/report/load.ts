import { ExecutionMode } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Clock, Micros } from "@signalbox/runtime/clock.ts";
import { keyIn } from "@signalbox/runtime/ids.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Transaction } from "kysely";
import { loadPlanned } from "../planned/store.ts";
import type { Plans } from "../run/plan-store.ts";
import type { RunsTables, RunTable, StepTable } from "../tables.ts";
import type { Change, Changes } from "./change.ts";
import { noEffects, type Original, type RunDraft, type StepDraft } from "./draft.ts";
import { loadOriginals } from "./originals.ts";
import { forgottenSteps, type Memory, type Remembered, recalledStanding, recalledSteps } from "./remembered.ts";

export interface Loading {
  readonly trx: Transaction<RunsTables>;
  readonly dialect: Dialect;
  readonly plans: Plans;
  readonly clock: Clock;
  readonly memory: Memory;
  /** Whether runs may be taken from memory instead of being read. */
  readonly recall: boolean;
}

/** What of a run must be read before its changes can be applied. */
export interface Wanted {
  readonly run: RunTable;
  readonly names: ReadonlySet<string>;
  /** Whether steps that the changes do not name may move too: those waiting for another attempt, all that have not ended, or all that did not succeed. */
  readonly others: "none" | "retrying" | "unfinished" | "unsuccessful";
  /** Whether it must be known where every step stands. */
  readonly standing: boolean;
  /** Whether all steps of a run that has few are read, so that it can be remembered. */
  readonly all: boolean;
}

/** Attempts of a run that are read together, whichever of them are needed. */
const few = 256;

/** What a resume leaves as it is. */
const lasting = [Status.COMPLETED, Status.CACHED, Status.RETRIED];

const keyOf = (row: { readonly workspaceId: Buffer; readonly runId: Buffer }) => keyIn(row.workspaceId, row.runId);

/** The runs that changes are about, and what is needed of them, by {@link keyIn}. Runs that do not exist are left out. */
export async function load(loading: Loading, batch: readonly Changes[]): Promise<Map<string, RunDraft>> {
  const { trx, plans, clock, memory } = loading;
  const changes = new Map(
    [...Map.groupBy(batch, ({ workspace, run }) => keyIn(workspace, run))].map(([key, some]) => [
      key,
      some.flatMap((each) => each.changes),
    ]),
  );
  const recalled = recall(loading, changes);
  const read = await readRuns(
    loading,
    batch.filter(({ workspace, run }) => !recalled.has(keyIn(workspace, run))),
  );
  const wantedIn = (key: string, run: RunTable) => wantedOf(run, changes.get(key) ?? []);
  const wanted = [...read].map(([key, run]) => wantedIn(key, run));
  // What is no longer remembered of a run is read; that it still belongs to what is, the revision tells when it is written.
  const forgotten = [...recalled].map(([key, found]): Wanted => {
    const names = new Set(forgottenSteps(found, wantedIn(key, found.run).names));
    return { run: found.run, names, others: "none", standing: false, all: false };
  });
  const rows = [...read.values(), ...[...recalled.values()].map(({ run }) => run)];
  const namedOf = (key: string, run: RunTable) => {
    const { names, others } = wantedIn(key, run);
    return { run, names: others === "unsuccessful" ? ("all" as const) : names };
  };
  const named = [...[...read].map(([key, run]) => namedOf(key, run)), ...[...recalled].map(([key, { run }]) => namedOf(key, run))];
  const [steps, standings, originals, plannedBy, planOf] = [
    await loadSteps(loading, [...wanted, ...forgotten]),
    await loadStandings(loading, wanted),
    await loadOriginals(trx, rows, batch),
    await loadPlanned(trx, named),
    await plans.load(trx, rows),
  ];
  const planned = (key: string, run: RunTable) => ({ plan: planOf(run), planned: new Map(plannedBy.get(key)) });
  const now = clock();
  const dbNow = memory.dbNow() ?? now;
  const drafts = new Map<string, RunDraft>();
  for (const [key, run] of read) {
    drafts.set(key, draftOf(run, dbNow, now, steps.get(key), standings.get(key), originals, planned(key, run)));
  }
  for (const [key, found] of recalled) {
    const { names, others, standing } = wantedIn(key, found.run);
    const stand = standing ? recalledStanding(found) : undefined;
    const known = [...recalledSteps(found, names, others === "retrying"), ...(steps.get(key) ?? [])];
    drafts.set(key, { ...draftOf(found.run, dbNow, now, known, stand, originals, planned(key, found.run)), recalled: true });
  }
  return drafts;
}

/** What is remembered of runs that are only reported. What else happens to a run is decided by what is stored. */
function recall({ memory, recall }: Loading, changes: ReadonlyMap<string, readonly Change[]>): Map<string, Remembered> {
  const found = new Map<string, Remembered>();
  if (!recall || memory.dbNow() === undefined) return found;
  for (const [key, some] of changes) {
    const run = memory.recall(key);
    // Of signs of life alone nothing is written that would tell whether the run moved.
    const isRead =
      some.some((change) => change.kind !== "report") ||
      some.every((change) => change.kind === "report" && change.report.change.case === "alive");
    if (run && !isRead) found.set(key, run);
  }
  return found;
}

async function readRuns({ trx, dialect, memory }: Loading, batch: readonly Changes[]): Promise<Map<string, RunTable>> {
  const found = new Map<string, RunTable>();
  if (batch.length === 0) return found;
  const rows = await trx
    .selectFrom("runsRun")
    .selectAll()
    .select(dialect.now().as("dbNow"))
    .where((row) => row.or(batch.map(({ workspace, run }) => row.and([row("workspaceId", "=", workspace), row("id", "=", run)]))))
    .execute();
  for (const { dbNow, ...run } of rows) {
    memory.told(dbNow);
    found.set(keyIn(run.workspaceId, run.id), run);
  }
  return found;
}

/** What the changes of a run need to be read. */
export function wantedOf(run: RunTable, changes: readonly Change[]): Wanted {
  const reports = changes.flatMap((change) => (change.kind === "report" ? [change.report] : []));
  const names = new Set(reports.flatMap(({ step }) => (step === "" ? [] : [step])));
  for (const { change } of reports) if (change.case === "planned") for (const { name } of change.value.steps) names.add(name);
  for (const change of changes) {
    if (change.kind === "expire" && change.step) names.add(change.step.name);
    if (change.kind === "cache expiry") names.add(change.step);
  }
  const mayFail =
    reports.some(({ change }) => change.case === "runEnded" || (change.case === "ended" && change.value.status === Status.FAILED)) ||
    changes.some(({ kind }) => kind !== "report");
  const expires = changes.some((change) => change.kind === "expire" && !change.step);
  const reopens = changes.some(({ kind }) => kind === "reopen");
  return {
    run,
    names,
    others: reopens ? "unsuccessful" : expires ? "unfinished" : run.retrying > 0 && mayFail ? "retrying" : "none",
    standing: run.executionMode === ExecutionMode.CONTINUE_ON_FAILURE && (run.failed > 0 || mayFail),
    all: run.positions <= few,
  };
}

async function loadSteps({ trx }: Loading, wanted: readonly Wanted[]): Promise<Map<string, StepTable[]>> {
  const asked = wanted.filter(({ run, names, others }) => run.positions > 0 && (names.size > 0 || others !== "none"));
  if (asked.length === 0) return new Map();
  const rows = await trx
    .selectFrom("runsStep")
    .selectAll()
    .where((row) =>
      row.or(
        asked.map(({ run, names, others, all }) =>
          row.and([
            row("workspaceId", "=", run.workspaceId),
            row("runId", "=", run.id),
            ...(all
              ? []
              : [
                  row.or([
                    ...(names.size > 0 ? [row("name", "in", [...names])] : []),
                    ...(others === "retrying" ? [row("status", "=", Status.RETRYING)] : []),
                    ...(others === "unfinished" ? [row("status", "<", Status.COMPLETED)] : []),
                    ...(others === "unsuccessful" ? [row.and([row("latest", "=", 1), row("status", "not in", [...lasting])])] : []),
                  ]),
                ]),
          ]),
        ),
      ),
    )
    .orderBy("attempt")
    .execute();
  return Map.groupBy(rows, keyOf);
}

async function loadStandings({ trx }: Loading, wanted: readonly Wanted[]): Promise<Map<string, Map<string, Status>>> {
  const asked = wanted.filter(({ standing }) => standing);
  if (asked.length === 0) return new Map();
  const rows = await trx
    .selectFrom("runsStep")
    .select(["workspaceId", "runId", "name", "status"])
    .where("latest", "=", 1)
    // Those that are to be tried again stand nowhere until they are.
    .where("status", "!=", Status.RETRIED)
    .where((row) => row.or(asked.map(({ run }) => row.and([row("workspaceId", "=", run.workspaceId), row("runId", "=", run.id)]))))
    .execute();
  const found = new Map(asked.map(({ run }) => [keyIn(run.workspaceId, run.id), new Map<string, Status>()]));
  for (const row of rows) found.get(keyOf(row))?.set(row.name, row.status);
  return found;
}

/** A run as it was read, before its changes. */
export function draftOf(
  run: RunTable,
  dbNow: Micros,
  now: Micros,
  rows: readonly StepTable[] = [],
  standing: Map<string, Status> | undefined,
  originals: ReadonlyMap<string, Original>,
  { plan, planned }: Pick<RunDraft, "plan" | "planned">,
): RunDraft {
  const steps = new Map<string, StepDraft[]>();
  for (const row of rows) {
    const step = { row: { ...row }, fresh: false, changed: false, beat: false, edges: false };
    const attempts = steps.get(row.name);
    if (attempts) attempts.push(step);
    else steps.set(row.name, [step]);
  }
  return {
    run: { ...run },
    stood: run.status,
    plan,
    planned,
    steps,
    standing,
    originals,
    now,
    dbNow,
    effects: noEffects(),
    changed: false,
    beat: false,
    recalled: false,
    blocked: undefined,
    followers: undefined,
  };
}
