import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { noId, toUuid } from "@signalbox/runtime/ids.ts";
import { callerMay } from "@signalbox/runtime/policy/caller-may.ts";
import { idReused } from "@signalbox/runtime/resource/create-once.ts";
import { graceMicros } from "@signalbox/runtime/resource/purge.ts";
import type { Place } from "@signalbox/runtime/resource/standard-rows.ts";
import { wordStore } from "@signalbox/runtime/resource/words.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Kysely } from "kysely";
import type { Context } from "../context.ts";
import { dropWith } from "../snapshot/delete.ts";
import type { RegistryTables } from "../tables.ts";
import { templateTags } from "../tags.ts";
import type { PipelineRow } from "./tables.ts";

type Db = Kysely<RegistryTables>;
type Needs = Pick<Context, "database" | "log" | "clock">;

const templateWords = wordStore("registry_run_template");

/** Snapshots of one transaction. */
const portion = 200;

/** Fails with PERMISSION_MISSING unless the caller may delete runs in the project of the pipeline, whoever owns them. */
export function requireRunsDeletable(context: Pick<Context, "policy" | "decisions">) {
  const may = callerMay(context);
  return async (call: Call): Promise<void> => {
    const permission = "run.delete";
    const project = call.granted?.resource?.project;
    if (await may(call, permission, project ? { project } : {})) return;
    throw new SignalboxError(Reason.PERMISSION_MISSING, `you may not delete the runs of the pipeline: it needs ${permission}`, {
      metadata: { permission },
    });
  };
}

/** Fails with IN_USE where a pipeline has runs, as far as registry heard of them. */
export async function refuseWithRuns(trx: Db, { workspaceId, id, name, latestRunId }: PipelineRow): Promise<void> {
  if (latestRunId.equals(noId)) return;
  const own = trx.selectFrom("registry_run").select("name").where("workspaceId", "=", workspaceId).where("id", "=", latestRunId);
  const run = toUuid(latestRunId);
  const called = (await own.executeTakeFirst())?.name ?? run;
  throw new SignalboxError(
    Reason.IN_USE,
    `the pipeline "${name}" has runs, of which "${called}" is the newest: they go with it if that is asked`,
    {
      metadata: { type: "pipeline", reference: toUuid(id), run },
    },
  );
}

/** Notes that the snapshots of a pipeline go, in the transaction of its deletion. Nobody finds them without it, or adds others. */
export async function notePurge(trx: Db, row: PipelineRow, now: Micros): Promise<void> {
  await dropTemplates(trx, row);
  await trx.insertInto("registry_pipeline_purge").values({ workspaceId: row.workspaceId, id: row.id, createTime: now }).execute();
}

/** Fails with ID_REUSED where a pipeline that was deleted had the id: what is still about to go with that would take from this one. */
export async function refuseGone(trx: Db, { workspaceId, id }: Place): Promise<void> {
  const note = trx.selectFrom("registry_pipeline_purge").select("id").where("workspaceId", "=", workspaceId).where("id", "=", id);
  if (await note.executeTakeFirst()) throw idReused("pipeline", id);
}

/** Deletes what is left of a pipeline that is gone, in portions. Where the signal comes first, the next call goes on. */
export async function purgePipeline(context: Needs, { workspaceId, id }: Place, signal: AbortSignal): Promise<void> {
  const { database } = context;
  while (!signal.aborted) {
    const left = await database.transact((trx) => dropSome(context, trx, { workspaceId, id }));
    if (!left) return;
  }
}

/** One look at every pipeline of which something is left. */
export async function purgePipelines(context: Needs, signal: AbortSignal): Promise<void> {
  const due = context.database.db.selectFrom("registry_pipeline_purge").selectAll().orderBy("createTime").limit(10_000);
  for (const place of await due.execute()) await purgePipeline(context, place, signal);
}

/** Whether there may be more. The note stays while other services may still be at what hangs on the pipeline. */
async function dropSome(context: Needs, trx: Db, { workspaceId, id }: Place): Promise<boolean> {
  const own = trx.selectFrom("registry_snapshot").select("id").where("workspaceId", "=", workspaceId).where("pipelineId", "=", id);
  const ids = (await own.limit(portion).execute()).map((row) => row.id);
  if (ids.length > 0) {
    await trx.deleteFrom("registry_snapshot").where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
    await dropWith(context, trx, workspaceId, ids);
  }
  if (ids.length === portion) return true;
  const note = trx.deleteFrom("registry_pipeline_purge").where("workspaceId", "=", workspaceId).where("id", "=", id);
  await note.where("createTime", "<", context.clock() - graceMicros).execute();
  return false;
}

/** The run templates of a pipeline: people made each of them. */
async function dropTemplates(trx: Db, { workspaceId, id }: PipelineRow): Promise<void> {
  const all = trx.selectFrom("registry_run_template").select("id").where("workspaceId", "=", workspaceId).where("pipelineId", "=", id);
  const templates = (await all.execute()).map((row) => row.id);
  if (templates.length === 0) return;
  await templateTags.drop(trx, workspaceId, templates);
  await templateWords.drop(trx, workspaceId, templates);
  await trx.deleteFrom("registry_run_template").where("workspaceId", "=", workspaceId).where("id", "in", templates).execute();
}
