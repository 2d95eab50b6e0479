import type { BulkRow } from "@signalbox/runtime/store/dialect/bulk.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import { putDocuments } from "@signalbox/runtime/store/document.ts";
import { sendAll } from "@signalbox/runtime/store/send-all.ts";
import { type CompiledQuery, sql, type Transaction } from "kysely";
import { noTrait } from "../run/traits.ts";
import { never, type RunsTables } from "../tables.ts";
import * as to from "./columns.ts";
import type { RunDraft, StepDraft } from "./draft.ts";
import type { FreshLogs } from "./fresh-logs.ts";

/** Somebody else changed the run since it was read: nothing was written, and all is to be done again. */
export class RunMoved extends Error {
  override readonly name = "RunMoved";
}

type Trx = Transaction<RunsTables>;

/**
 * Writes what became of runs. The rows of the runs first, in order of their ids and only if
 * they are as they were read: whoever changes a run at the same time waits here, and then
 * finds that it moved. All is sent at once, and `others` with it. Fails with RunMoved.
 */
export async function write(
  trx: Trx,
  dialect: Dialect,
  drafts: readonly RunDraft[],
  logs: FreshLogs,
  others: readonly CompiledQuery[],
): Promise<void> {
  const { bulk } = dialect;
  const changed = drafts.filter((draft) => draft.changed).sort((a, b) => Buffer.compare(a.run.id, b.run.id));
  const changedSteps = changed.flatMap((draft) => [...draft.steps.values()].flat().filter((step) => step.changed));
  await writeDocuments(trx, dialect, changed);
  const fresh = rowsOf(changedSteps.filter((step) => step.fresh));
  const known = rowsOf(changedSteps.filter((step) => !step.fresh));
  const inputs = changed.flatMap(({ effects }) => effects.inputs as unknown as readonly BulkRow[]);
  const [plain, placed] = [inputs.filter(({ place }) => place === ""), inputs.filter(({ place }) => place !== "")];
  const outputs = changed.flatMap(({ effects }) => effects.outputs as unknown as readonly BulkRow[]);
  const codes = changed.flatMap(({ effects }) => effects.codes as unknown as readonly BulkRow[]);
  const traits = changed.flatMap(({ effects }) => effects.traits as unknown as readonly BulkRow[]);
  const expiries = changed.flatMap(({ effects }) => effects.expiries as unknown as readonly BulkRow[]);
  const runs = bulk.update(
    to.runs,
    changed.map(({ run }) => run as unknown as BulkRow),
    { key: ["workspaceId", "id"], columns: to.mutableOfRun, follows: "revision" },
  );
  const statements = [
    ...runs,
    ...bulk.insert(to.steps, fresh),
    ...bulk.update(to.steps, known, { key: stepKey, columns: to.mutableOfStep }),
    ...bulk.insert(to.inputs, plain, { key: edgeKey, overwrite: [] }),
    ...bulk.insert(to.placedInputs, placed, { key: edgeKey, overwrite: [] }),
    ...bulk.insert(to.outputs, outputs, { key: edgeKey, overwrite: [] }),
    ...bulk.insert(to.codes, codes, { key: besideStep, overwrite: [] }),
    ...bulk.insert(to.traits, traits, { key: besideStep, overwrite: [] }),
    ...bulk.insert(to.traits, expiries, { key: besideStep, overwrite: ["cacheExpiresTime"] }),
    ...toldOf(changed).flatMap(({ rows, overwrite }) => bulk.insert(to.runTraits, rows, { key: ["workspaceId", "runId"], overwrite })),
    ...bulk.insert(to.planned, changed.flatMap(plannedOf)),
    ...bulk.insert(to.events, changed.flatMap(eventsOf)),
    ...bulk.insert(to.metadata, logs.metadata as unknown as readonly BulkRow[], { key: ["workspaceId", "runId", "id"], overwrite: [] }),
    ...bulk.insert(to.facts, logs.facts as unknown as readonly BulkRow[], {
      key: ["workspaceId", "runId", "stepId", "key"],
      overwrite: ["value", "number", "text"],
    }),
    ...bulk.insert(to.points, logs.points as unknown as readonly BulkRow[], { key: ["workspaceId", "seriesId", "index"], overwrite: [] }),
    ...bulk.insert(to.series, logs.series as unknown as readonly BulkRow[], {
      key: seriesKey,
      overwrite: ["count", "min", "max", "last", "lastIndex"],
    }),
    ...others,
  ];
  await sendAll(trx, dialect, statements, {
    statements: runs.length,
    rows(count) {
      if (count < changed.length) throw new RunMoved();
    },
  });
  await writeBeats(trx, drafts);
}

const besideStep = ["workspaceId", "runId", "stepId"];
const stepKey = ["workspaceId", "runId", "position"];
const edgeKey = ["workspaceId", "runId", "stepId", "name", "artifactVersionId"];
const seriesKey = ["workspaceId", "runId", "stepId", "name"];

/** Counts up the revision of a run that changed, and marks with it what of it did. */
export function revise({ run, steps, now, changed }: RunDraft): void {
  if (!changed) return;
  run.revision += 1;
  run.updateTime = now;
  for (const { changed, row } of [...steps.values()].flat()) if (changed) Object.assign(row, { revision: run.revision, updateTime: now });
}

const rowsOf = (steps: readonly StepDraft[]) => steps.map(({ row }) => row as unknown as BulkRow);

const eventsOf = ({ run, effects }: RunDraft): BulkRow[] =>
  effects.events.map((event, i) => ({
    workspaceId: run.workspaceId,
    runId: run.id,
    revision: run.revision,
    position: i + 1,
    ...event,
  }));

/** What was told of runs as a whole: together for those of which the same was told. */
function toldOf(drafts: readonly RunDraft[]): { readonly rows: readonly BulkRow[]; readonly overwrite: readonly string[] }[] {
  const some = drafts.flatMap(({ run, effects: { told } }) => {
    const overwrite = Object.keys(told);
    return overwrite.length > 0 ? [{ row: { ...noTrait(run), ...told } as unknown as BulkRow, overwrite }] : [];
  });
  const alike = Map.groupBy(some, ({ overwrite }) => overwrite.toSorted().join());
  return [...alike.values()].map((each) => ({ rows: each.map(({ row }) => row), overwrite: each[0]?.overwrite ?? [] }));
}

const plannedOf = ({ run: { workspaceId, id: runId, revision }, effects }: RunDraft): BulkRow[] =>
  effects.planned.map((step, i) => ({ workspaceId, runId, revision, position: i + 1, ...step }));

async function writeDocuments(trx: Trx, dialect: Dialect, drafts: readonly RunDraft[]): Promise<void> {
  const texts = drafts.flatMap(({ run: { workspaceId }, effects }) =>
    [...effects.documents.values()].map((text) => ({ workspaceId, text })),
  );
  await putDocuments({ db: trx, dialect, prefix: "runs" }, texts, drafts[0]?.now ?? 0);
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
