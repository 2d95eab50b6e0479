import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Resolution, WaitConditionStatus } from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import type { AnswerWaitConditionRequest } from "@signalbox/gen/signalbox/runs/v1/wait_condition_service_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { getDocuments, hashOf, putDocuments } from "@signalbox/runtime/store/document.ts";
import type { Context } from "../context.ts";
import type { Change } from "../report/change.ts";
import { runEnded } from "../report/refusal.ts";
import { followStop, noteStop } from "../run/stop.ts";
import { isNoHash, never, noHash, type WaitConditionTable } from "../tables.ts";
import { checkAnswer } from "./check-answer.ts";
import { isPolled } from "./poll.ts";
import { type HeldRun, holdRun } from "./within-run.ts";

/** Answers a condition, once. The run goes on or ends with it, and then what it started ends too. */
export async function answerCondition(context: Context, request: AnswerWaitConditionRequest, call: Call): Promise<WaitConditionTable> {
  const { database, reporting, mutate } = context;
  const [workspace, run] = [workspaceOf(call), grantedId(call)];
  const text = request.result?.text ?? "";
  const about = { subject: toUuid(run), project: call.granted?.resource?.project };
  const { row, note } = await reporting.whole(run, () =>
    mutate(call, about, async (trx) => {
      const documents = { db: trx, dialect: database.dialect, prefix: "runs" };
      const held = await holdRun(context, trx, workspace, run);
      const row = await held.find(request.waitCondition);
      const result = text === "" ? noHash : hashOf(text);
      if (row.status === WaitConditionStatus.RESOLVED) return { row: sameAnswer(row, request.resolution, result) };
      if (held.run.inProgress === 0) throw runEnded("the run has ended, so nobody waits for an answer");
      const schema = isNoHash(row.schema) ? "" : ((await getDocuments(documents, workspace, [row.schema])).values().next().value ?? "");
      if (request.resolution === Resolution.CONTINUE || text !== "") checkAnswer(schema, text);
      if (text !== "") await putDocuments(documents, [{ workspaceId: workspace, text }], context.clock());
      const resolved = await held.change(row, {
        ...{ status: WaitConditionStatus.RESOLVED, resolution: request.resolution, result, resolverId: callerId(call) },
        ...{ resolveTime: context.clock(), answer: held.run.answers + 1, poller: "", pollerExpiresTime: never },
      });
      await held.apply([{ kind: "answered" }, ...consequences(held, row, request)]);
      const aborts = request.resolution === Resolution.ABORT;
      const stop = { workspace, run, force: false, reason: abortedAt(row, request.reason) };
      return { row: resolved, note: aborts ? await noteStop(context, trx, stop) : undefined };
    }),
  );
  await followStop(context, note);
  return row;
}

const abortedAt = ({ name }: WaitConditionTable, reason: string) => `aborted at "${name}"${reason === "" ? "" : `: ${reason}`}`;

/** What the answer does to the run. A poller hears it by itself, and goes on. */
function consequences({ dbNow }: HeldRun, row: WaitConditionTable, { resolution, reason }: AnswerWaitConditionRequest): Change[] {
  if (resolution === Resolution.ABORT) {
    return [{ kind: "stop", force: false, reason: abortedAt(row, reason) }];
  }
  const resume: Change = { kind: "resume", reason: `"${row.name}" was answered`, executed: false };
  // Its poller is gone and nobody has noticed yet.
  const isLost = row.poller !== "" && !isPolled(row, dbNow);
  return isLost ? [{ kind: "pause", reason: `waits for "${row.name}"` }, resume] : [resume];
}

function sameAnswer(row: WaitConditionTable, resolution: Resolution, result: Buffer): WaitConditionTable {
  const same = row.resolution === resolution && (row.result.equals(result) || (isNoHash(row.result) && isNoHash(result)));
  if (same) return row;
  throw new SignalboxError(Reason.TRANSITION_REFUSED, `"${row.name}" was answered already, and otherwise`, {
    metadata: { from: "RESOLVED", to: "RESOLVED" },
  });
}
