import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { sql } from "kysely";
import { Parts, type RunsTables } from "../tables.ts";
import { toOutput } from "./mapping.ts";

/** For each cache key, the newest step of a project whose outputs can serve again: one that was computed or cached, has outputs and has not expired. */
export async function findCached(
  { db, dialect }: Pick<Database<RunsTables>, "db" | "dialect">,
  workspace: Id,
  project: Id,
  cacheKeys: readonly string[],
) {
  const newest = [...new Set(cacheKeys)].map((key) =>
    db
      .selectFrom("runsStep")
      .select(["id", "runId", "cacheKey"])
      .where("workspaceId", "=", workspace)
      .where("projectId", "=", project)
      .where("cacheKey", "=", key)
      .where("status", "in", [Status.COMPLETED, Status.CACHED])
      .where(sql<boolean>`(${sql.ref("parts")} & ${sql.lit(Parts.OUTPUTS)}) > 0`)
      .where((row) => {
        const expired = row
          .selectFrom("runsStepTrait")
          .select("runsStepTrait.stepId")
          .whereRef("runsStepTrait.workspaceId", "=", "runsStep.workspaceId")
          .where("runsStepTrait.cacheExpiresTime", ">", 0)
          .where("runsStepTrait.cacheExpiresTime", "<=", dialect.now());
        const own = expired.whereRef("runsStepTrait.runId", "=", "runsStep.runId").whereRef("runsStepTrait.stepId", "=", "runsStep.id");
        // It may have been changed since for the step that computed them.
        const origin = expired.whereRef("runsStepTrait.stepId", "=", "runsStep.cachedFromId");
        return row.and([
          row.or([sql<boolean>`(${sql.ref("parts")} & ${sql.lit(Parts.TRAITS)}) = 0`, row.not(row.exists(own))]),
          row.or([row("status", "=", Status.COMPLETED), row.not(row.exists(origin))]),
        ]);
      })
      .orderBy("endTime", "desc")
      .limit(1),
  );
  // Each key has a branch of its own, which reads one entry of the index.
  const [first, ...others] = newest.map((query, i) => db.selectFrom(query.as(`key${i}`)).select(["id", "runId", "cacheKey"]));
  if (!first) return [];
  const rows = await others.reduce((all, query) => all.unionAll(query), first).execute();
  // Some engines take texts for equal that differ in spaces at the end.
  const found = rows.filter(({ cacheKey }) => cacheKeys.includes(cacheKey));
  if (found.length === 0) return [];
  const [runs, outputs] = await Promise.all([
    db
      .selectFrom("runsRun")
      .select(["id", "name"])
      .where("workspaceId", "=", workspace)
      .where(
        "id",
        "in",
        found.map(({ runId }) => runId),
      )
      .execute(),
    db
      .selectFrom("runsOutput")
      .selectAll()
      .where("workspaceId", "=", workspace)
      .where((row) => row.or(found.map(({ runId, id }) => row.and([row("runId", "=", runId), row("stepId", "=", id)]))))
      .execute(),
  ]);
  const names = new Map(runs.map(({ id, name }) => [id.toString("hex"), name]));
  const produced = Map.groupBy(outputs, ({ stepId }) => stepId.toString("hex"));
  return found.map(({ id, runId, cacheKey }) => ({
    cacheKey,
    step: toUuid(id),
    run: toUuid(runId),
    runName: names.get(runId.toString("hex")) ?? "",
    outputs: (produced.get(id.toString("hex")) ?? []).map(toOutput),
  }));
}
