import type { Id } from "@signalbox/runtime/ids.ts";
import { called } from "@signalbox/runtime/resource/lists.ts";
import type { Kysely } from "kysely";
import { snapshotWords } from "../snapshot/words.ts";
import type { RegistryTables } from "../tables.ts";
import { snapshotTags, templateTags } from "../tags.ts";
import type { PipelineRow } from "./tables.ts";

type Db = Kysely<RegistryTables>;

/** Deletes the snapshots of a pipeline, and the templates of them. Runs keep the names that they copied. */
export async function dropSnapshotsOf(trx: Db, { workspaceId, id }: PipelineRow): Promise<Id[]> {
  const snapshots = trx.selectFrom("registry_snapshot").select("id").where("workspaceId", "=", workspaceId).where("pipelineId", "=", id);
  const ids = (await snapshots.execute()).map((row) => row.id);
  await trx.deleteFrom("registry_snapshot_step").where("workspaceId", "=", workspaceId).where("snapshotId", "in", snapshots).execute();
  const templates = trx
    .selectFrom("registry_run_template")
    .select("id")
    .where("workspaceId", "=", workspaceId)
    .where("pipelineId", "=", id);
  await templateTags.drop(trx, workspaceId, templates);
  await trx.deleteFrom("registry_run_template").where("workspaceId", "=", workspaceId).where("pipelineId", "=", id).execute();
  await snapshotTags.drop(trx, workspaceId, snapshots);
  await snapshotWords.drop(trx, workspaceId, snapshots);
  await trx.deleteFrom("registry_snapshot").where("workspaceId", "=", workspaceId).where("pipelineId", "=", id).execute();
  return ids;
}

/** As many as a filter by a related name may match, and one more. */
const mostResolved = 1001;

/** The ids of what has one of these names, or else a name that begins so, over all projects; at most 1,001. */
export async function pipelinesNamed(db: Db, workspaceId: Id, names: readonly string[], prefix?: string): Promise<Id[]> {
  if (prefix !== undefined) return called(db, "registry_pipeline", workspaceId)({ text: prefix, prefix: true });
  if (names.length === 0) return [];
  const rows = await db
    .selectFrom("registry_pipeline")
    .select("id")
    .where("workspaceId", "=", workspaceId)
    .where("name", "in", names)
    .orderBy("name")
    .orderBy("id")
    .limit(mostResolved)
    .execute();
  return rows.map(({ id }) => id);
}
