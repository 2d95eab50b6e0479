import { type RecordHookInvocationRequest, RecordHookInvocationRequestSchema } from "@signalbox/gen/signalbox/runs/v1/hook_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, newId, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { createOnce } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import { hashOf, putDocuments } from "@signalbox/runtime/store/document.ts";
import type { Context } from "../context.ts";
import { microsOf } from "../report/time.ts";
import { hold } from "../run/hold.ts";
import { noHash } from "../tables.ts";
import { textsOf } from "./mapping.ts";
import type { HookInvocationTable } from "./tables.ts";

/** Records that a hook was called, once for each id. A run that ended had hooks that are called then. */
export async function recordHook(context: Context, request: RecordHookInvocationRequest, call: Call): Promise<HookInvocationTable> {
  const { database, clock } = context;
  const [workspace, run] = [workspaceOf(call), grantedId(call)];
  const step = request.step === "" ? noId : await stepOf(context, workspace, run, request.step);
  const id = request.id === "" ? newId() : toId(request.id);
  const texts = textsOf(request);
  const now = clock();
  const row = {
    ...{ workspaceId: workspace, id, runId: run, stepId: step, type: request.type, name: request.name },
    ...{ status: request.status, source: request.source, exception: named(texts.exception), outputs: named(texts.outputs) },
    ...{ startTime: microsOf(request.startTime, now), endTime: request.endTime ? microsOf(request.endTime, now) : 0 },
    contentHash: contentHash(RecordHookInvocationRequestSchema, request, ["id", "run", "project"]),
    createTime: now,
  };
  const insert = () =>
    database.transact(async (trx) => {
      // Whoever deletes the run waits, so that nothing of it is left.
      await hold(trx, [{ workspace, run }]);
      const place = await trx
        .selectFrom("runsRun")
        .select(["projectId", "ownerId"])
        .where("workspaceId", "=", workspace)
        .where("id", "=", run)
        .executeTakeFirst();
      if (!place) throw notFound("run", toUuid(run));
      const kept = Object.values(texts).flatMap((text) => (text === "" ? [] : [{ workspaceId: workspace, text }]));
      await putDocuments({ db: trx, dialect: database.dialect, prefix: "runs" }, kept, now);
      const whole = { ...row, ...place };
      await trx.insertInto("runsHookInvocation").values(whole).execute();
      return whole;
    });
  const find = () => context.hooks.find(workspace, run, id);
  return createOnce<HookInvocationTable>({ dialect: database.dialect, type: "hook_invocation", row, name: request.name, insert, find });
}

const named = (text: string): Buffer => (text === "" ? noHash : hashOf(text));

/** The step of a run, by id, or by name its latest attempt. Fails with NOT_FOUND. */
async function stepOf({ database }: Context, workspace: Id, run: Id, step: string): Promise<Id> {
  const own = database.db.selectFrom("runsStep").select("id").where("workspaceId", "=", workspace).where("runId", "=", run);
  const asked = isUuid(step) ? own.where("id", "=", toId(step)) : own.where("name", "=", step).where("latest", "=", 1);
  const found = await asked.executeTakeFirst();
  if (!found) throw notFound("step", step);
  return found.id;
}
