import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import { servedBy } from "../step/served-by.ts";
import type { RunsTables, RunTable } from "../tables.ts";
import type { Changes } from "./change.ts";
import type { Original } from "./draft.ts";

/** Reads the steps whose outputs serve for cached ones, by UUID; those outside of the project of the run that names them are left out. */
export async function loadOriginals(
  db: Kysely<RunsTables>,
  runs: readonly RunTable[],
  batch: readonly Changes[],
): Promise<ReadonlyMap<string, Original>> {
  const asked = batch.flatMap(({ changes }) =>
    changes.flatMap((change) =>
      change.kind === "report" && change.report.change.case === "ended" && change.report.change.value.cachedFrom !== ""
        ? [change.report.change.value.cachedFrom]
        : [],
    ),
  );
  const workspaces = [...new Map(runs.map(({ workspaceId }) => [workspaceId.toString("hex"), workspaceId])).values()];
  if (asked.length === 0 || workspaces.length === 0) return new Map();
  const projects = [...new Map(runs.map(({ projectId }) => [projectId.toString("hex"), projectId])).values()];
  const steps = await db
    .selectFrom("runsStep")
    .innerJoin("runsRun", (on) => on.onRef("runsRun.workspaceId", "=", "runsStep.workspaceId").onRef("runsRun.id", "=", "runsStep.runId"))
    .leftJoin("runsStepTrait", (on) =>
      on
        .onRef("runsStepTrait.workspaceId", "=", "runsStep.workspaceId")
        .onRef("runsStepTrait.runId", "=", "runsStep.runId")
        .onRef("runsStepTrait.stepId", "=", "runsStep.id"),
    )
    .select(["runsStep.id", "runsStep.workspaceId", "runsStep.runId", "runsStep.cachedFromId", "runsStep.cachedFromRun"])
    .select(["runsRun.name as runName", "runsStepTrait.cacheExpiresTime"])
    .where("runsStep.workspaceId", "in", workspaces)
    .where(
      "runsStep.id",
      "in",
      [...new Set(asked)].map((uuid) => toId(uuid)),
    )
    .where("runsStep.projectId", "in", projects)
    .execute();
  if (steps.length === 0) return new Map();
  const outputs = await db
    .selectFrom("runsOutput")
    .select(["stepId", "name", "artifactVersionId"])
    .where((row) =>
      row.or(
        steps.map(({ workspaceId, runId, id }) =>
          row.and([row("workspaceId", "=", workspaceId), row("runId", "=", runId), row("stepId", "=", id)]),
        ),
      ),
    )
    .execute();
  const produced = Map.groupBy(outputs, ({ stepId }) => stepId.toString("hex"));
  const found = new Map<string, Original>();
  for (const { id, runName, cacheExpiresTime, ...step } of steps) {
    const outputs = produced.get(id.toString("hex")) ?? [];
    found.set(toUuid(id), { ...servedBy({ id, ...step }, runName), cacheExpiresTime: cacheExpiresTime ?? 0, outputs });
  }
  // As the reports spell them.
  for (const uuid of asked) {
    const original = found.get(uuid.toLowerCase());
    if (original) found.set(uuid, original);
  }
  return found;
}
