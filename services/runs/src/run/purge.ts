import type { Id } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { RunsTables } from "../tables.ts";
import { waitMetadata } from "../wait/metadata.ts";
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
    if (table === "runsWaitCondition") await waitMetadata.drop(db, workspace, ids);
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
