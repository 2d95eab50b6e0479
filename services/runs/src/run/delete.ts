import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { notFound, SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Context } from "../context.ts";
import { runDeleted } from "../report/events.ts";
import type { RunTable } from "../tables.ts";
import { grantedRun } from "./granted.ts";
import { purgeRun } from "./purge.ts";
import type { RunStore } from "./store.ts";

/** More are deleted branch by branch. */
const mostDescendants = 1000;

/**
 * Deletes a run that has ended, and what it started. Their rows go at once, so that they are not found any more; what
 * belongs to them follows in portions, here and now as far as it gets, else by the purge duty.
 */
export async function deleteRun(context: Context, call: Call): Promise<void> {
  const { mutate, outbox, clock, database, places, runs } = context;
  const run = await grantedRun(context, call);
  const { workspaceId, id, projectId } = run;
  requireEnded(run, "the run is in progress; stop it first");
  const ids = [id, ...(await descendantsOf(runs, run))];
  await mutate(call, { subject: toUuid(id), project: toUuid(projectId) }, async (trx) => {
    const { numDeletedRows } = await trx
      .deleteFrom("runsRun")
      .where("workspaceId", "=", workspaceId)
      .where("id", "in", ids)
      // One that was resumed meanwhile stays, and so do all.
      .where("inProgress", "=", 0)
      .executeTakeFirst();
    if (Number(numDeletedRows) < ids.length) {
      const left = await trx
        .selectFrom("runsRun")
        .select(["id", "inProgress"])
        .where("workspaceId", "=", workspaceId)
        .where("id", "in", ids)
        .execute();
      if (!left.some((each) => each.id.equals(id))) throw notFound("run", toUuid(id));
      for (const each of left) requireEnded(each, "it, or a run that it started, was taken up again; stop that first");
    }
    // Its key is free again; those of its children go with what belongs to it.
    await trx
      .deleteFrom("runsChild")
      .where("workspaceId", "=", workspaceId)
      .where("parentRunId", "=", run.parentRunId)
      .where("key", "=", run.childKey)
      .execute();
    const now = clock();
    const notes = trx.insertInto("runsPurge").values(ids.map((each) => ({ workspaceId, id: each, kind: "run" as const, createTime: now })));
    await database.dialect.onConflict(notes, ["workspaceId", "id"], []).execute();
    const nothing = Buffer.alloc(0);
    await outbox.append(
      trx,
      ids.map((subject) => ({ workspaceId, kind: runDeleted, subject, payload: nothing, createdTime: now })),
    );
  });
  for (const each of ids) places.forget(workspaceId, each);
  const patience = AbortSignal.timeout(1000);
  for (const each of ids) await purgeRun(database, workspaceId, each, patience);
}

/** All that a run started, and what that started. Fails with IN_USE while any of it is in progress. */
async function descendantsOf(runs: RunStore, { workspaceId, id }: RunTable): Promise<Id[]> {
  const all: Id[] = [];
  for (let level: readonly Id[] = [id]; level.length > 0; ) {
    const started = await runs.started(workspaceId, level, mostDescendants + 1 - all.length);
    for (const each of started) requireEnded(each, "a run that it started is in progress; stop that first");
    level = started.map((each) => each.id);
    all.push(...level);
    if (all.length <= mostDescendants) continue;
    throw new SignalboxError(Reason.TOO_MANY_MATCHES, `the run started more than ${mostDescendants} others; delete some of them first`, {
      metadata: { field: "parent_run", limit: String(mostDescendants) },
    });
  }
  return all;
}

function requireEnded({ id, inProgress }: Pick<RunTable, "id" | "inProgress">, problem: string): void {
  if (inProgress === 1) throw new SignalboxError(Reason.IN_USE, problem, { metadata: { type: "run", id: toUuid(id) } });
}
