import type { Clock } from "@signalbox/runtime/clock.ts";
import { graceMicros, keptMicros, type PurgeStep, purgeProject, someOf } from "@signalbox/runtime/resource/purge.ts";
import { dropTaggings } from "@signalbox/runtime/resource/tags/tidy.ts";
import { dropWords } from "@signalbox/runtime/resource/words.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { ArtifactsTables } from "../tables.ts";
import { dropParts } from "../version/parts.ts";

export interface PurgeOptions {
  readonly database: Database<ArtifactsTables>;
  readonly clock: Clock;
}

/** One look at every project that is being deleted. `done` holds what was purged after the grace by this process; others look once more. */
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
    await purgeProject(
      database,
      [dropVersions, dropArtifacts, dropTaggings("artifacts"), dropWords("artifacts")],
      { workspaceId, projectId },
      signal,
    );
    if (late && !signal.aborted) done.add(key);
  }
}

type Step = PurgeStep<ArtifactsTables>;

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
