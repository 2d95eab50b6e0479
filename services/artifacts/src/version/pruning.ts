import type { PruneArtifactVersionsRequest } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { toMicros } from "@signalbox/runtime/events/timestamp.ts";
import type { Duty } from "@signalbox/runtime/host/part.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { whileLeader } from "@signalbox/runtime/store/leader.ts";
import { lease } from "@signalbox/runtime/store/lease.ts";
import type { Context } from "../context.ts";
import { countPrunable, type Order, type Pruned, prune } from "./prune.ts";

/** What was registered since may be on its way into a run. In microseconds. */
const graceMicros = 3600 * 1e6;
/** A call works for so long, and for as long as its deadline lets it. */
const patienceMs = 20_000;
/** What a call began is left to it for so long: it ended within, or is gone. In microseconds. */
const leftMicros = 2 * patienceMs * 1000;

/** Answers a call that prunes: what it is asked is written down with its record, then done, and struck out. */
export const pruneVersions =
  (context: Context) =>
  async ({ createdBefore, versionsOnly, dryRun }: PruneArtifactVersionsRequest, call: Call): Promise<Pruned> => {
    const { clock, database, mutate } = context;
    const [workspaceId, projectId, now] = [workspaceOf(call), grantedId(call), clock()];
    const beforeTime = createdBefore ? Math.min(toMicros(createdBefore), now) : now - graceMicros;
    const order: Order = { workspaceId, projectId, beforeTime, versionsOnly: Number(versionsOnly) };
    if (dryRun) return countPrunable(context, order);
    await mutate(call, { subject: toUuid(projectId) }, async (trx) => {
      const insert = trx.insertInto("artifacts_pruning").values({ ...order, sinceTime: now });
      const columns = ["beforeTime", "versionsOnly", "sinceTime"];
      await database.dialect.onConflict(insert, ["workspaceId", "projectId"], columns).execute();
    });
    // A little before the deadline, so that the caller hears how far it came.
    const end = Math.min((call.deadline ?? Number.POSITIVE_INFINITY) - 500, Date.now() + patienceMs);
    const done = await prune(context, order, () => Date.now() >= end || call.signal.aborted);
    if (done.finished) await strikeOut(context, order);
    return done;
  };

const strikeOut = ({ database: { db } }: Context, { workspaceId, projectId, beforeTime }: Order) =>
  db
    .deleteFrom("artifacts_pruning")
    .where("workspaceId", "=", workspaceId)
    .where("projectId", "=", projectId)
    .where("beforeTime", "=", beforeTime)
    .execute();

/** Does what calls left undone, on one replica at a time, for as long as the signal lets it. */
export function pruning(context: Context, onError: (error: unknown) => void): Duty {
  const held = lease(context.database as never, "artifacts", "prune");
  const work = async (leading: AbortSignal) => {
    for (const order of await leftOver(context)) {
      const { finished } = await prune(context, order, () => leading.aborted);
      if (!finished) return;
      await strikeOut(context, order);
    }
  };
  return (signal) => whileLeader(held, { ttlMs: 15_000, everyMs: 10_000, work, signal, onError });
}

/** What nobody works at any more. */
const leftOver = ({ database: { db }, clock }: Pick<Context, "database" | "clock">) =>
  db
    .selectFrom("artifacts_pruning")
    .selectAll()
    .where("sinceTime", "<", clock() - leftMicros)
    .execute();
