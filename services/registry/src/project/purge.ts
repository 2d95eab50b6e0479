import { ProjectState } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import { graceMicros, keptMicros, type PurgeStep, purgeProject, someOf } from "@signalbox/runtime/resource/purge.ts";
import { dropTaggings } from "@signalbox/runtime/resource/tags/tidy.ts";
import { dropWords, wordStore } from "@signalbox/runtime/resource/words.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { dropImages } from "../build/images.ts";
import { dropPlaces, dropVersions } from "../model-version/parts.ts";
import type { RegistryTables } from "../tables.ts";

const projectWords = wordStore("registry_project");

export interface PurgeOptions {
  readonly database: Database<RegistryTables>;
  readonly clock: Clock;
}

/**
 * One look at every project that is being deleted. A project counts as purged
 * when nothing was left after the grace; its row goes when every other service
 * must have heard of it: until then nobody gets its id for another project.
 */
export async function purgeRound({ database, clock }: PurgeOptions, signal: AbortSignal): Promise<void> {
  const { db } = database;
  const dying = await db
    .selectFrom("registry_project")
    .select(["workspaceId", "id", "updateTime"])
    .where("state", "=", ProjectState.DELETING)
    .where("purgedTime", "=", 0)
    .execute();
  for (const { workspaceId, id, updateTime } of dying) {
    if (signal.aborted) return;
    const late = clock() - updateTime > graceMicros;
    await purgeProject(database, steps, { workspaceId, projectId: id }, signal);
    if (!late || signal.aborted) continue;
    await db
      .updateTable("registry_project")
      .set({ purgedTime: clock() })
      .where("workspaceId", "=", workspaceId)
      .where("id", "=", id)
      .execute();
  }
  const forgotten = await db
    .selectFrom("registry_project")
    .select(["workspaceId", "id"])
    .where("state", "=", ProjectState.DELETING)
    .where("purgedTime", ">", 0)
    .where("purgedTime", "<", clock() - keptMicros)
    .execute();
  for (const { workspaceId, id } of forgotten) {
    await projectWords.drop(db, workspaceId, [id]);
    await db.deleteFrom("registry_project").where("workspaceId", "=", workspaceId).where("id", "=", id).execute();
  }
}

type Step = PurgeStep<RegistryTables>;

const dropSnapshots: Step = async (trx, workspaceId, projectId) => {
  const ids = await someOf(trx, "registry_snapshot", workspaceId, projectId);
  if (ids.length === 0) return false;
  await trx.deleteFrom("registry_snapshot_step").where("workspaceId", "=", workspaceId).where("snapshotId", "in", ids).execute();
  await trx.deleteFrom("registry_snapshot").where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
  return true;
};

const dropBuilds: Step = async (trx, workspaceId, projectId) => {
  const ids = await someOf(trx, "registry_build", workspaceId, projectId);
  if (ids.length === 0) return false;
  await dropImages(trx, workspaceId, ids);
  await trx.deleteFrom("registry_build").where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
  return true;
};

/** Of what has nothing that hangs on it. */
const dropRows =
  (table: "registry_pipeline" | "registry_code_repository" | "registry_run_template" | "registry_run"): Step =>
  async (trx, workspaceId, projectId) => {
    const ids = await someOf(trx, table, workspaceId, projectId);
    if (ids.length > 0) await trx.deleteFrom(table).where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
    return ids.length > 0;
  };

const dropModelVersions: Step = async (trx, workspaceId, projectId) => {
  const ids = await someOf(trx, "registry_model_version", workspaceId, projectId);
  if (ids.length === 0) return false;
  await dropVersions(trx, workspaceId, ids);
  await trx.deleteFrom("registry_model_version").where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
  return true;
};

const dropModels: Step = async (trx, workspaceId, projectId) => {
  const ids = await someOf(trx, "registry_model", workspaceId, projectId);
  if (ids.length === 0) return false;
  await dropPlaces(trx, { workspaceId, models: ids });
  await trx.deleteFrom("registry_model").where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
  return true;
};

const steps = [
  dropRows("registry_run_template"),
  dropRows("registry_run"),
  dropSnapshots,
  dropBuilds,
  dropRows("registry_pipeline"),
  dropRows("registry_code_repository"),
  dropModelVersions,
  dropModels,
  dropTaggings("registry"),
  dropWords("registry"),
];
