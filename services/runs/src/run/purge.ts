import type { Id } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { whileLeader } from "@signalbox/runtime/store/leader.ts";
import { lease } from "@signalbox/runtime/store/lease.ts";
import type { Context } from "../context.ts";
import { runDeleted } from "../report/events.ts";
import type { PurgeTable, RunsTables } from "../tables.ts";
import { runTags } from "./tags.ts";
import { runWords } from "./words.ts";

const portion = 500;

/**
 * Deletes what belongs to a run whose row is gone, in portions of bounded statements, and then
 * the note that it is to be done. False where the signal came first: the next call goes on.
 */
export async function purgeRun({ db }: Pick<Database<RunsTables>, "db">, workspace: Id, run: Id, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    if (signal.aborted) return false;
    const steps = await db
      .selectFrom("runsStep")
      .select(["position", "id"])
      .where("workspaceId", "=", workspace)
      .where("runId", "=", run)
      .orderBy("position")
      .limit(50)
      .execute();
    if (steps.length === 0) break;
    const ids = steps.map(({ id }) => id);
    if (!(await purgePoints(db, workspace, run, ids, signal))) return false;
    for (const table of ["runsSeries", "runsFact", "runsInput", "runsOutput", "runsStepCode", "runsStepTrait"] as const) {
      await db.deleteFrom(table).where("workspaceId", "=", workspace).where("runId", "=", run).where("stepId", "in", ids).execute();
    }
    await db
      .deleteFrom("runsStep")
      .where("workspaceId", "=", workspace)
      .where("runId", "=", run)
      .where(
        "position",
        "in",
        steps.map(({ position }) => position),
      )
      .execute();
  }
  for (;;) {
    if (signal.aborted) return false;
    const some = await db
      .selectFrom("runsMetadata")
      .select("id")
      .where("workspaceId", "=", workspace)
      .where("runId", "=", run)
      .limit(portion)
      .execute();
    if (some.length === 0) break;
    await db
      .deleteFrom("runsMetadata")
      .where("workspaceId", "=", workspace)
      .where("runId", "=", run)
      .where(
        "id",
        "in",
        some.map(({ id }) => id),
      )
      .execute();
  }
  for (;;) {
    if (signal.aborted) return false;
    const events = db.selectFrom("runsEvent").select("revision").where("workspaceId", "=", workspace).where("runId", "=", run);
    const last = (await events.orderBy("revision").limit(portion).execute()).at(-1);
    if (!last) break;
    const some = db.deleteFrom("runsEvent").where("workspaceId", "=", workspace).where("runId", "=", run);
    await some.where("revision", "<=", last.revision).execute();
  }
  await db.deleteFrom("runsFact").where("workspaceId", "=", workspace).where("runId", "=", run).execute();
  await db.deleteFrom("runsRunTrait").where("workspaceId", "=", workspace).where("runId", "=", run).execute();
  await db.deleteFrom("runsChild").where("workspaceId", "=", workspace).where("parentRunId", "=", run).execute();
  await db.deleteFrom("runsResume").where("workspaceId", "=", workspace).where("runId", "=", run).execute();
  for (;;) {
    if (signal.aborted) return false;
    const planned = db.selectFrom("runsPlanned").select("name").where("workspaceId", "=", workspace).where("runId", "=", run);
    const last = (await planned.orderBy("name").limit(portion).execute()).at(-1);
    if (!last) break;
    const some = db.deleteFrom("runsPlanned").where("workspaceId", "=", workspace).where("runId", "=", run);
    await some.where("name", "<=", last.name).execute();
  }
  await db.deleteFrom("runsOverride").where("workspaceId", "=", workspace).where("runId", "=", run).execute();
  await db.deleteFrom("runsStop").where("workspaceId", "=", workspace).where("runId", "=", run).execute();
  for (const table of ["runsWaitCondition", "runsHookInvocation"] as const) {
    if (!(await purgeByIds(db, table, workspace, run, signal))) return false;
  }
  await runTags.drop(db, workspace, [run]);
  await runWords.drop(db, workspace, [run]);
  await db.deleteFrom("runsPurge").where("workspaceId", "=", workspace).where("id", "=", run).execute();
  return true;
}

/** Deletes the rows of a table that belong to a run and have ids. */
async function purgeByIds(
  db: Database<RunsTables>["db"],
  table: "runsWaitCondition" | "runsHookInvocation",
  workspace: Id,
  run: Id,
  signal: AbortSignal,
): Promise<boolean> {
  for (;;) {
    if (signal.aborted) return false;
    const own = db
      .selectFrom(table as "runsWaitCondition")
      .select("id")
      .where("workspaceId", "=", workspace)
      .where("runId", "=", run);
    const ids = (await own.limit(portion).execute()).map(({ id }) => id);
    if (ids.length === 0) return true;
    await db
      .deleteFrom(table as "runsWaitCondition")
      .where("workspaceId", "=", workspace)
      .where("id", "in", ids)
      .execute();
  }
}

async function purgePoints(
  db: Database<RunsTables>["db"],
  workspace: Id,
  run: Id,
  steps: readonly Id[],
  signal: AbortSignal,
): Promise<boolean> {
  const series = await db
    .selectFrom("runsSeries")
    .select("id")
    .where("workspaceId", "=", workspace)
    .where("runId", "=", run)
    .where("stepId", "in", [...steps])
    .execute();
  for (const { id } of series) {
    for (;;) {
      if (signal.aborted) return false;
      const points = db.selectFrom("runsPoint").select("index").where("workspaceId", "=", workspace).where("seriesId", "=", id);
      const last = (await points.orderBy("index").limit(5000).execute()).at(-1);
      if (!last) break;
      await db
        .deleteFrom("runsPoint")
        .where("workspaceId", "=", workspace)
        .where("seriesId", "=", id)
        .where("index", "<=", last.index)
        .execute();
    }
  }
  return true;
}

/** Longer than runs can still be created in a project that is being deleted. */
const settlingMicros = 60 * 1e6;

/** Deletes the runs of a project, however far along they are, as far as the signal lets it. */
async function purgeProject(
  { database, outbox, clock }: Context,
  { workspaceId: workspace, id: project, createTime }: Pick<PurgeTable, "workspaceId" | "id" | "createTime">,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    if (signal.aborted) return;
    const [next] = await database.db
      .selectFrom("runsRun")
      .select("id")
      .where("workspaceId", "=", workspace)
      .where("projectId", "=", project)
      .limit(1)
      .execute();
    if (!next) break;
    await database.transact(async (trx) => {
      const { numDeletedRows } = await trx
        .deleteFrom("runsRun")
        .where("workspaceId", "=", workspace)
        .where("id", "=", next.id)
        .executeTakeFirst();
      if (numDeletedRows === 0n) return;
      const now = clock();
      const note = trx.insertInto("runsPurge").values({ workspaceId: workspace, id: next.id, kind: "run", createTime: now });
      await database.dialect.onConflict(note, ["workspaceId", "id"], []).execute();
      await outbox.append(trx, [
        { workspaceId: workspace, kind: runDeleted, subject: next.id, payload: Buffer.alloc(0), createdTime: now },
      ]);
    });
    await purgeRun(database, workspace, next.id, signal);
  }
  if (clock() - createTime < settlingMicros) return;
  await database.db.deleteFrom("runsPurge").where("workspaceId", "=", workspace).where("id", "=", project).execute();
}

/** Deletes what was noted to be deleted, one replica at a time, for as long as the signal lets it. */
export async function purging(context: Context, signal: AbortSignal): Promise<void> {
  const { database, log } = context;
  await whileLeader(lease(database as unknown as Database<never>, "runs", "purge"), {
    ttlMs: 30_000,
    everyMs: 5_000,
    signal,
    onError: (error) => log.error({ err: error }, "what was to be purged is not, yet"),
    work: async (leading) => {
      const due = await database.db.selectFrom("runsPurge").selectAll().orderBy("createTime").limit(portion).execute();
      for (const { workspaceId, id, kind, createTime } of due) {
        if (leading.aborted) return;
        if (kind === "run") await purgeRun(database, workspaceId, id, leading);
        else await purgeProject(context, { workspaceId, id, createTime }, leading);
      }
    },
  });
}
