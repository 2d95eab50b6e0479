import type { Id } from "@signalbox/runtime/ids.ts";
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
    .selectAll("registry_snapshot")
    .select([
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
  const own = rows.flatMap(({ configurationHash, environmentHash }) => [configurationHash, environmentHash]);
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
