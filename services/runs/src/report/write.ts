import type { Id } from "@signalbox/runtime/ids.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import { type Documents, putDocuments } from "@signalbox/runtime/store/document.ts";
import { type InsertQueryBuilder, type InsertResult, sql, type Transaction } from "kysely";
import type { EventTable, RunsTables, RunTable, StepTable } from "../tables.ts";
import { never } from "../tables.ts";
import type { RunDraft, StepDraft } from "./draft.ts";
import { type FreshLogs, portions } from "./fresh-logs.ts";

/** Somebody else changed the run since it was read: nothing was written, and all is to be done again. */
export class RunMoved extends Error {
  override readonly name = "RunMoved";
}

type Trx = Transaction<RunsTables>;

/** Below what any engine takes of values in one statement. */
const mostValues = 15_000;

/**
 * Writes what became of runs. The rows of the runs first, in order of their ids and only if
 * they are as they were read: whoever changes a run at the same time waits here, and then
 * finds that it moved. Fails with RunMoved.
 */
export async function write(trx: Trx, dialect: Dialect, drafts: readonly RunDraft[], logs: FreshLogs): Promise<void> {
  const changed = drafts.filter((draft) => draft.changed).sort((a, b) => Buffer.compare(a.run.id, b.run.id));
  for (const draft of changed) await writeRun(trx, draft);
  await writeDocuments(trx, dialect, changed);
  const steps = changed.flatMap((draft) => [...draft.steps.values()].flat().filter((step) => step.changed));
  const keep = <T extends keyof RunsTables & string>(table: T, rows: readonly RunsTables[T][], key: readonly string[]) =>
    insert(trx, table, rows, (query) => dialect.onConflict(query, key, []));
  const replace = <T extends keyof RunsTables & string>(
    table: T,
    rows: readonly RunsTables[T][],
    key: readonly string[],
    columns: readonly string[],
  ) => insert(trx, table, rows, (query) => dialect.onConflict(query, key, columns));

  await insert(trx, "runsStep", rowsOf(steps.filter(({ fresh }) => fresh)));
  await replace("runsStep", rowsOf(steps.filter(({ fresh }) => !fresh)), ["workspaceId", "runId", "position"], mutableOfStep);
  await keep(
    "runsInput",
    changed.flatMap(({ effects }) => effects.inputs),
    edgeKey,
  );
  await keep(
    "runsOutput",
    changed.flatMap(({ effects }) => effects.outputs),
    edgeKey,
  );
  await insert(trx, "runsEvent", changed.flatMap(eventsOf));
  await keep("runsMetadata", logs.metadata, ["workspaceId", "runId", "id"]);
  await replace("runsFact", logs.facts, ["workspaceId", "runId", "stepId", "key"], ["value"]);
  await keep("runsPoint", logs.points, ["workspaceId", "seriesId", "index"]);
  await replace("runsSeries", logs.series, ["workspaceId", "runId", "stepId", "name"], ["count", "min", "max", "last", "lastIndex"]);
  await writeBeats(trx, drafts);
}

const edgeKey = ["workspaceId", "runId", "stepId", "name", "artifactVersionId"];

async function writeRun(trx: Trx, draft: RunDraft): Promise<void> {
  const { run, now } = draft;
  const { workspaceId, id, revision } = run;
  run.revision = revision + 1;
  run.updateTime = now;
  for (const step of [...draft.steps.values()].flat()) if (step.changed) step.row.revision = run.revision;
  const { numUpdatedRows } = await trx
    .updateTable("runsRun")
    .set(mutableOfRun(run))
    .where("workspaceId", "=", workspaceId)
    .where("id", "=", id)
    .where("revision", "=", revision)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new RunMoved();
}

/** What of a run changes while it is reported. */
const mutableOfRun = (run: RunTable) => ({
  status: run.status,
  statusReason: run.statusReason,
  inProgress: run.inProgress,
  stopping: run.stopping,
  ended: run.ended,
  pending: run.pending,
  unfinished: run.unfinished,
  retrying: run.retrying,
  completed: run.completed,
  cached: run.cached,
  failed: run.failed,
  skipped: run.skipped,
  stopped: run.stopped,
  blocked: run.blocked,
  positions: run.positions,
  parts: run.parts,
  startTime: run.startTime,
  endTime: run.endTime,
  closedTime: run.closedTime,
  heartbeatTime: run.heartbeatTime,
  heartbeatTimeout: run.heartbeatTimeout,
  heartbeatExpiresTime: run.heartbeatExpiresTime,
  revision: run.revision,
  updateTime: run.updateTime,
});

const mutableOfStep: readonly (keyof StepTable)[] = [
  "latest",
  "status",
  "statusReason",
  "upstream",
  "cacheKey",
  "codeHash",
  "parameters",
  "configuration",
  "exception",
  "cachedFromId",
  "cachedFromRun",
  "endHash",
  "parts",
  "startTime",
  "endTime",
  "heartbeatTime",
  "heartbeatTimeout",
  "heartbeatExpiresTime",
  "revision",
];

const rowsOf = (steps: readonly StepDraft[]): StepTable[] => steps.map(({ row }) => row);

const eventsOf = ({ run, effects }: RunDraft): EventTable[] =>
  effects.events.map((event, i) => ({
    workspaceId: run.workspaceId,
    runId: run.id,
    revision: run.revision,
    position: i + 1,
    ...event,
  }));

async function writeDocuments(trx: Trx, dialect: Dialect, drafts: readonly RunDraft[]): Promise<void> {
  const documents: Documents = { db: trx, dialect, prefix: "runs" };
  const texts = new Map<string, { readonly workspaceId: Id; readonly texts: Set<string>; readonly now: number }>();
  for (const { run, effects, now } of drafts) {
    if (effects.documents.size === 0) continue;
    const key = run.workspaceId.toString("hex");
    const wanted = texts.get(key) ?? { workspaceId: run.workspaceId, texts: new Set(), now };
    for (const text of effects.documents.values()) wanted.texts.add(text);
    texts.set(key, wanted);
  }
  for (const wanted of texts.values()) await putDocuments(documents, wanted.workspaceId, [...wanted.texts], wanted.now);
}

/** Signs of life of what did not change otherwise: one statement each for runs and for steps, however many. */
async function writeBeats(trx: Trx, drafts: readonly RunDraft[]): Promise<void> {
  const runs = drafts.filter((draft) => draft.beat && !draft.changed).sort((a, b) => Buffer.compare(a.run.id, b.run.id));
  const steps = drafts.flatMap((draft) => [...draft.steps.values()].flat().filter(({ beat, changed }) => beat && !changed));
  const { now, dbNow } = drafts[0] ?? { now: 0, dbNow: 0 };
  const values = (expires: boolean) => ({
    heartbeatTime: now,
    heartbeatExpiresTime: expires ? sql<number>`${sql.ref("heartbeatTimeout")} + ${dbNow}` : never,
  });
  for (const [expires, some] of Map.groupBy(runs, ({ run }) => run.heartbeatTimeout > 0)) {
    await trx
      .updateTable("runsRun")
      .set(values(expires))
      .where((row) => row.or(some.map(({ run }) => row.and([row("workspaceId", "=", run.workspaceId), row("id", "=", run.id)]))))
      .where("inProgress", "=", 1)
      .execute();
  }
  for (const [expires, some] of Map.groupBy(steps, ({ row }) => row.heartbeatTimeout > 0)) {
    await trx
      .updateTable("runsStep")
      .set(values(expires))
      .where((row) =>
        row.or(
          some.map((step) =>
            row.and([
              row("workspaceId", "=", step.row.workspaceId),
              row("runId", "=", step.row.runId),
              row("position", "=", step.row.position),
            ]),
          ),
        ),
      )
      .where("heartbeatExpiresTime", expires ? "<" : "=", never)
      .execute();
  }
}

async function insert<T extends keyof RunsTables & string>(
  trx: Trx,
  table: T,
  rows: readonly RunsTables[T][],
  finish: (query: InsertQueryBuilder<RunsTables, T, InsertResult>) => InsertQueryBuilder<RunsTables, T, InsertResult> = (query) => query,
): Promise<void> {
  const [first] = rows;
  if (!first) return;
  for (const some of portions(rows, Math.floor(mostValues / Object.keys(first).length))) {
    await finish(trx.insertInto(table).values(some as never) as never).execute();
  }
}
