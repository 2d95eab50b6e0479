import { type Id, noId } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import { documentTexts } from "../documents.ts";
import type { RegistryTables } from "../tables.ts";
import type { SnapshotOfPipeline, WholeSnapshot } from "./store.ts";

type Db = Kysely<RegistryTables>;

/** Snapshots with the names of their pipelines, and where their code repositories are. */
export const snapshotsOfPipelines = (db: Db) =>
  db
    .selectFrom("registry_snapshot")
    .innerJoin("registry_pipeline", (join) =>
      join
        .onRef("registry_pipeline.workspaceId", "=", "registry_snapshot.workspaceId")
        .onRef("registry_pipeline.id", "=", "registry_snapshot.pipelineId"),
    )
    .leftJoin("registry_code_repository", (join) =>
      join
        .onRef("registry_code_repository.workspaceId", "=", "registry_snapshot.workspaceId")
        .onRef("registry_code_repository.id", "=", "registry_snapshot.codeRepositoryId"),
    )
    .leftJoin("registry_run", (join) =>
      join
        .onRef("registry_run.workspaceId", "=", "registry_snapshot.workspaceId")
        .onRef("registry_run.id", "=", "registry_snapshot.latestRunId"),
    )
    .selectAll("registry_snapshot")
    .select([
      "registry_run.name as runName",
      "registry_run.status as runStatus",
      "registry_run.ownerId as runOwnerId",
      "registry_run.index as runIndex",
      "registry_pipeline.name as pipelineName",
      "registry_code_repository.host as codeHost",
      "registry_code_repository.address as codeAddress",
    ]);

/** Adds steps and documents to at most 100 snapshots: three statements, however many steps they have. */
export async function wholeSnapshots(db: Db, workspaceId: Id, rows: readonly SnapshotOfPipeline[]): Promise<WholeSnapshot[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const ofThese = db.selectFrom("registry_snapshot_step").where("workspaceId", "=", workspaceId).where("snapshotId", "in", ids);
  const steps = await ofThese.selectAll().orderBy("snapshotId").orderBy("position").execute();
  const bySnapshot = Map.groupBy(steps, ({ snapshotId }) => snapshotId.toString("hex"));
  const own = rows.flatMap((row) => [row.configurationHash, row.environmentHash, row.specificationHash, row.sourceCodeHash]);
  const documents = await documentTexts(db, workspaceId, own);
  const ofSteps = await db
    .selectFrom("registry_document")
    .select(["hash", "text"])
    .where("workspaceId", "=", workspaceId)
    .where("hash", "in", ofThese.select("configurationHash"))
    .execute();
  for (const { hash, text } of ofSteps) documents.set(hash.toString("hex"), text);
  return rows.map((row) => ({ row, steps: bySnapshot.get(row.id.toString("hex")) ?? [], documents }));
}

/** Whether a machine elsewhere could run something: its build has images that others reach, and no component of its stack is local. */
export async function runsElsewhere(db: Db, workspaceId: Id, stackId: Id, buildId: Id): Promise<boolean> {
  if (stackId.equals(noId) || buildId.equals(noId)) return false;
  const build = db.selectFrom("registry_build").select("local").where("workspaceId", "=", workspaceId).where("id", "=", buildId);
  if ((await build.executeTakeFirst())?.local !== 0) return false;
  const components = await db
    .selectFrom("registry_stack_component")
    .innerJoin("registry_component", (join) =>
      join
        .onRef("registry_component.workspaceId", "=", "registry_stack_component.workspaceId")
        .onRef("registry_component.id", "=", "registry_stack_component.componentId"),
    )
    .select("registry_component.flavor")
    .where("registry_stack_component.workspaceId", "=", workspaceId)
    .where("registry_stack_component.stackId", "=", stackId)
    .execute();
  return components.every(({ flavor }) => flavor !== "local" && !flavor.startsWith("local_"));
}
