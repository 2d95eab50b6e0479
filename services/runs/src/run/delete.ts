import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { notFound, SignalboxError } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Context } from "../context.ts";
import { runDeleted } from "../report/events.ts";
import { grantedRun } from "./granted.ts";
import { purgeRun } from "./purge.ts";

/**
 * Deletes a run that has ended. Its row goes at once, so that it is not found any more; what
 * belongs to it follows in portions, here and now as far as it gets, else by the purge duty.
 */
export async function deleteRun(context: Context, call: Call): Promise<void> {
  const { mutate, outbox, clock, database, places } = context;
  const { workspaceId, id, projectId, ...run } = await grantedRun(context, call);
  if (run.inProgress === 1) {
    throw new SignalboxError(Reason.IN_USE, "the run is in progress; stop it first", { metadata: { type: "run", id: toUuid(id) } });
  }
  await mutate(call, { subject: toUuid(id), project: toUuid(projectId) }, async (trx) => {
    const { numDeletedRows } = await trx
      .deleteFrom("runsRun")
      .where("workspaceId", "=", workspaceId)
      .where("id", "=", id)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw notFound("run", toUuid(id));
    const now = clock();
    await trx.insertInto("runsPurge").values({ workspaceId, id, kind: "run", createTime: now }).execute();
    await outbox.append(trx, [{ workspaceId, kind: runDeleted, subject: id, payload: Buffer.alloc(0), createdTime: now }]);
  });
  places.forget(workspaceId, id);
  await purgeRun(database, workspaceId, id, AbortSignal.timeout(1000));
}
