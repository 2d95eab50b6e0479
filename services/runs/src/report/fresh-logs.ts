import { createHash } from "node:crypto";
import { type Id, noId } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import type { FactTable, MetadataTable, PointTable, RunsTables, SeriesTable } from "../tables.ts";
import type { NewPoint, RunDraft, Writable } from "./draft.ts";

/** What of the reported metadata and metrics was not there before. */
export interface FreshLogs {
  readonly metadata: readonly MetadataTable[];
  readonly facts: readonly FactTable[];
  readonly points: readonly PointTable[];
  readonly series: readonly SeriesTable[];
}

const portion = 500;

/**
 * Tells what of the reported metadata and metrics is new, so that repeats count once, and
 * marks the steps and runs that it changes. Reads in the transaction that will write.
 */
export async function freshLogs(db: Kysely<RunsTables>, drafts: readonly RunDraft[]): Promise<FreshLogs> {
  return { ...(await freshMetadata(db, drafts)), ...(await freshPoints(db, drafts)) };
}

async function freshMetadata(db: Kysely<RunsTables>, drafts: readonly RunDraft[]): Promise<Pick<FreshLogs, "metadata" | "facts">> {
  const metadata: MetadataTable[] = [];
  const facts = new Map<string, FactTable>();
  const seen = await takenMetadata(db, drafts);
  for (const draft of drafts) {
    const { run, effects } = draft;
    const { workspaceId, id: runId } = run;
    for (const { of, first: _, compared, ...entry } of effects.metadata) {
      const key = entry.id.toString("hex");
      if (seen.has(key)) continue;
      seen.add(key);
      metadata.push({ workspaceId, runId, ...entry });
      const stepId = of?.row.id ?? noId;
      facts.set(`${runId.toString("hex")}/${stepId.toString("hex")}/${entry.key}`, {
        workspaceId,
        runId,
        stepId,
        key: entry.key,
        value: entry.value,
        ...compared,
      });
      draft.changed = true;
      if (of) of.changed = true;
    }
  }
  return { metadata, facts: [...facts.values()] };
}

/** Which of the reported values there are already, by their ids in hexadecimal: hashes that two runs do not share. */
async function takenMetadata(db: Kysely<RunsTables>, drafts: readonly RunDraft[]): Promise<Set<string>> {
  const asked = drafts.flatMap(({ run, effects }) => effects.metadata.flatMap(({ id, first }) => (first ? [] : [{ run, id }])));
  const taken = new Set<string>();
  for (const some of portions(asked)) {
    const rows = await db
      .selectFrom("runsMetadata")
      .select("id")
      .where((row) =>
        row.or(
          [...Map.groupBy(some, ({ run }) => run)].map(([run, each]) =>
            row.and([
              row("workspaceId", "=", run.workspaceId),
              row("runId", "=", run.id),
              row(
                "id",
                "in",
                each.map(({ id }) => id),
              ),
            ]),
          ),
        ),
      )
      .execute();
    for (const { id } of rows) taken.add(id.toString("hex"));
  }
  return taken;
}

/** The id of a metric of a step. */
export const seriesIdOf = (step: Id, name: string): Id => createHash("sha256").update(step).update(name).digest().subarray(0, 16);

async function freshPoints(db: Kysely<RunsTables>, drafts: readonly RunDraft[]): Promise<Pick<FreshLogs, "points" | "series">> {
  const points: PointTable[] = [];
  const series: SeriesTable[] = [];
  for (const draft of drafts) {
    if (draft.effects.points.length === 0) continue;
    const { workspaceId, id: runId } = draft.run;
    const reported = new Map<string, NewPoint[]>();
    for (const point of draft.effects.points) {
      const key = seriesIdOf(point.step.row.id, point.name).toString("hex");
      const others = reported.get(key);
      if (others) others.push(point);
      else reported.set(key, [point]);
    }
    const steps = [...new Set(draft.effects.points.map(({ step }) => step.row.id))];
    const known = new Map(
      (
        await db
          .selectFrom("runsSeries")
          .selectAll()
          .where("workspaceId", "=", workspaceId)
          .where("runId", "=", runId)
          .where("stepId", "in", steps)
          .execute()
      ).map((row) => [row.id.toString("hex"), row]),
    );
    const taken = await takenPoints(db, workspaceId, reported, known);
    for (const [key, found] of reported) {
      const before = known.get(key);
      const row: Writable<SeriesTable> = before
        ? { ...before }
        : emptySeries(workspaceId, runId, Buffer.from(key, "hex"), found[0] as NewPoint);
      for (const point of found) {
        const at = `${key}/${point.index}`;
        if (taken.has(at)) continue;
        taken.add(at);
        points.push({ workspaceId, seriesId: row.id, index: point.index, value: point.value, time: point.time });
        include(row, point);
        point.step.changed = true;
        draft.changed = true;
      }
      if (row.count > (before?.count ?? 0)) series.push(row);
    }
  }
  return { points, series };
}

/** Which of the reported indexes a series has already. Those beyond its last are new without a look, as points usually are. */
async function takenPoints(
  db: Kysely<RunsTables>,
  workspaceId: Id,
  reported: ReadonlyMap<string, readonly NewPoint[]>,
  known: ReadonlyMap<string, SeriesTable>,
): Promise<Set<string>> {
  const asked = [...reported].flatMap(([key, found]) => {
    const before = known.get(key);
    return before ? found.filter(({ index }) => index <= before.lastIndex).map(({ index }) => ({ seriesId: before.id, index })) : [];
  });
  const taken = new Set<string>();
  for (const some of portions(asked)) {
    const bySeries = Map.groupBy(some, ({ seriesId }) => seriesId.toString("hex"));
    const rows = await db
      .selectFrom("runsPoint")
      .select(["seriesId", "index"])
      .where("workspaceId", "=", workspaceId)
      .where((row) =>
        row.or(
          [...bySeries].map(([key, each]) =>
            row.and([
              row("seriesId", "=", Buffer.from(key, "hex")),
              row(
                "index",
                "in",
                each.map(({ index }) => index),
              ),
            ]),
          ),
        ),
      )
      .execute();
    for (const { seriesId, index } of rows) taken.add(`${seriesId.toString("hex")}/${index}`);
  }
  return taken;
}

const emptySeries = (workspaceId: Id, runId: Id, id: Id, { step, name, value, index }: NewPoint): Writable<SeriesTable> => ({
  workspaceId,
  runId,
  stepId: step.row.id,
  name,
  id,
  count: 0,
  min: value,
  max: value,
  last: value,
  lastIndex: index,
});

function include(row: Writable<SeriesTable>, { index, value }: NewPoint): void {
  row.count += 1;
  row.min = Math.min(row.min, value);
  row.max = Math.max(row.max, value);
  if (index < row.lastIndex) return;
  row.last = value;
  row.lastIndex = index;
}

function* portions<T>(rows: readonly T[], size = portion): Generator<readonly T[]> {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size);
}
