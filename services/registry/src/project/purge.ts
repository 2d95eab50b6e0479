import { ProjectState } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import { keptDays } from "@signalbox/runtime/events/retention.ts";
import type { Duty } from "@signalbox/runtime/host/part.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { whileLeader } from "@signalbox/runtime/store/leader.ts";
import { lease } from "@signalbox/runtime/store/lease.ts";
import type { Kysely } from "kysely";
import { dropVersions } from "../model-version/parts.ts";
import type { RegistryTables } from "../tables.ts";

const everyMs = 5000;
const ttlMs = 15_000;
const batch = 200;

/** Longer than any transaction that saw the project alive. */
const graceMicros = 10 * 60 * 1e6;
/** Longer than the event of the deletion can be delivered: until then nobody gets its id for another project. */
const keptMicros = (keptDays + 1) * 24 * 3600 * 1e6;

export interface PurgeOptions {
  readonly database: Database<RegistryTables>;
  readonly clock: Clock;
  readonly onError?: (error: unknown) => void;
}

/** Deletes what lies in projects that are being deleted, and in the end their rows, for as long as the signal lets it. */
export function purging({ database, clock, onError }: PurgeOptions): Duty {
  const held = lease(database as unknown as Database<never>, "registry", "purge");
  const work = (leading: AbortSignal) => purgeRound({ database, clock }, leading);
  return (signal) => whileLeader(held, { ttlMs, everyMs, work, signal, ...(onError && { onError }) });
}

/**
 * One look at every project that is being deleted. Each step is a short
 * transaction of its own, so it may stop anywhere and go on later. A project
 * counts as purged when nothing was left after the grace; its row goes when
 * every other service must have heard of it.
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
    for (const step of [dropSnapshots, dropPipelines, dropModelVersions, dropModels]) {
      while (!signal.aborted && (await database.transact((trx) => step(trx, workspaceId, id))));
    }
    if (!late || signal.aborted) continue;
    await db
      .updateTable("registry_project")
      .set({ purgedTime: clock() })
      .where("workspaceId", "=", workspaceId)
      .where("id", "=", id)
      .execute();
  }
  await db
    .deleteFrom("registry_project")
    .where("state", "=", ProjectState.DELETING)
    .where("purgedTime", ">", 0)
    .where("purgedTime", "<", clock() - keptMicros)
    .execute();
}

type Db = Kysely<RegistryTables>;

/** Drops some; whether there may be more. */
type Step = (trx: Db, workspaceId: Id, projectId: Id) => Promise<boolean>;

async function someOf(
  trx: Db,
  table: "registry_snapshot" | "registry_pipeline" | "registry_model_version" | "registry_model",
  workspaceId: Id,
  projectId: Id,
): Promise<Id[]> {
  const rows = await trx
    .selectFrom(table)
    .select("id")
    .where("workspaceId", "=", workspaceId)
    .where("projectId", "=", projectId)
    .limit(batch)
    .execute();
  return rows.map(({ id }) => id);
}

const dropSnapshots: Step = async (trx, workspaceId, projectId) => {
  const ids = await someOf(trx, "registry_snapshot", workspaceId, projectId);
  if (ids.length === 0) return false;
  await trx.deleteFrom("registry_snapshot_step").where("workspaceId", "=", workspaceId).where("snapshotId", "in", ids).execute();
  await trx.deleteFrom("registry_snapshot").where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
  return true;
};

const dropPipelines: Step = async (trx, workspaceId, projectId) => {
  const ids = await someOf(trx, "registry_pipeline", workspaceId, projectId);
  if (ids.length > 0) await trx.deleteFrom("registry_pipeline").where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
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
  await trx.deleteFrom("registry_model_stage").where("workspaceId", "=", workspaceId).where("modelId", "in", ids).execute();
  await trx.deleteFrom("registry_model").where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
  return true;
};
