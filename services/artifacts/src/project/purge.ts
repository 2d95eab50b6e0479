import type { Clock } from "@signalbox/runtime/clock.ts";
import { keptDays } from "@signalbox/runtime/events/retention.ts";
import type { Duty } from "@signalbox/runtime/host/part.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { whileLeader } from "@signalbox/runtime/store/leader.ts";
import { lease } from "@signalbox/runtime/store/lease.ts";
import type { Kysely } from "kysely";
import type { ArtifactsTables } from "../tables.ts";
import { dropParts } from "../version/parts.ts";

const everyMs = 5000;
const ttlMs = 15_000;
const batch = 500;

/** Longer than any transaction that saw the project stay. */
const graceMicros = 10 * 60 * 1e6;
/** Longer than the event of the deletion can be delivered again. */
const keptMicros = (keptDays + 1) * 24 * 3600 * 1e6;

export interface PurgeOptions {
  readonly database: Database<ArtifactsTables>;
  readonly clock: Clock;
  readonly onError?: (error: unknown) => void;
}

/** Deletes what lies in projects that are being deleted, for as long as the signal lets it. */
export function purging({ database, clock, onError }: PurgeOptions): Duty {
  const held = lease(database as unknown as Database<never>, "artifacts", "purge");
  /** What was purged after the grace by this process; others look once more. */
  const done = new Set<string>();
  const work = (leading: AbortSignal) => purgeRound({ database, clock }, leading, done);
  return (signal) => whileLeader(held, { ttlMs, everyMs, work, signal, ...(onError && { onError }) });
}

/** One look at every project that is being deleted. Each step is a short transaction of its own, so it may stop anywhere and go on later. */
export async function purgeRound({ database, clock }: PurgeOptions, signal: AbortSignal, done = new Set<string>()): Promise<void> {
  const { db } = database;
  await db
    .deleteFrom("artifacts_going")
    .where("sinceTime", "<", clock() - keptMicros)
    .execute();
  for (const { workspaceId, projectId, sinceTime } of await db.selectFrom("artifacts_going").selectAll().execute()) {
    const key = Buffer.concat([workspaceId, projectId]).toString("hex");
    if (signal.aborted || done.has(key)) continue;
    const late = clock() - sinceTime > graceMicros;
    for (const step of [dropVersions, dropArtifacts]) {
      while (!signal.aborted && (await database.transact((trx) => step(trx, workspaceId, projectId))));
    }
    if (late && !signal.aborted) done.add(key);
  }
}

/** Drops some; whether there may be more. */
type Step = (trx: Kysely<ArtifactsTables>, workspaceId: Id, projectId: Id) => Promise<boolean>;

const dropVersions: Step = async (trx, workspaceId, projectId) => {
  const ids = await someOf(trx, "artifacts_version", workspaceId, projectId);
  if (ids.length === 0) return false;
  await dropParts(trx, workspaceId, ids);
  await trx.deleteFrom("artifacts_version").where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
  return true;
};

const dropArtifacts: Step = async (trx, workspaceId, projectId) => {
  const ids = await someOf(trx, "artifacts_artifact", workspaceId, projectId);
  if (ids.length > 0) await trx.deleteFrom("artifacts_artifact").where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
  return ids.length > 0;
};

async function someOf(
  trx: Kysely<ArtifactsTables>,
  table: "artifacts_version" | "artifacts_artifact",
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
