import type { PruneSnapshotsRequest } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { toMicros } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, noId, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { type Kysely, sql } from "kysely";
import type { Context } from "../context.ts";
import type { RegistryTables } from "../tables.ts";
import { dropWith } from "./delete.ts";

type Db = Kysely<RegistryTables>;

/** What was made since may be about to run. In microseconds. */
const graceMicros: Micros = 3600 * 1e6;
/** A call works for so long, and for as long as its deadline lets it. */
const patienceMs = 20_000;
/** Snapshots of one transaction. */
const portion = 200;

interface Order {
  readonly workspaceId: Id;
  readonly projectId: Id;
  readonly beforeTime: Micros;
}

/** Answers a call that deletes the snapshots that nobody uses: in short transactions, oldest first, until its time is up. */
export function pruneSnapshots(context: Context) {
  const { database, mutate, clock } = context;
  return async ({ createdBefore, dryRun }: PruneSnapshotsRequest, call: Call) => {
    const [now, projectId] = [clock(), grantedId(call)];
    const beforeTime = createdBefore ? Math.min(toMicros(createdBefore), now) : now - graceMicros;
    const order: Order = { workspaceId: workspaceOf(call), projectId, beforeTime };
    if (dryRun) return { snapshotCount: BigInt(await count(database.db, order)), finished: true };
    await mutate(call, { subject: toUuid(projectId), project: toUuid(projectId) }, async () => {});
    // A little before the deadline, so that the caller hears how far it came.
    const end = Math.min((call.deadline ?? Number.POSITIVE_INFINITY) - 500, Date.now() + patienceMs);
    let pruned = 0;
    for (;;) {
      const ids = await some(database.db, order);
      if (ids.length === 0) return { snapshotCount: BigInt(pruned), finished: true };
      pruned += await database.transact((trx) => drop(context, trx, order, ids));
      if (Date.now() >= end || call.aborted) return { snapshotCount: BigInt(pruned), finished: false };
    }
  };
}

/** Those without a name, a run or a run template. */
const unused = (db: Db, { workspaceId, projectId, beforeTime }: Order) =>
  db
    .selectFrom("registry_snapshot")
    .where("registry_snapshot.workspaceId", "=", workspaceId)
    .where("registry_snapshot.projectId", "=", projectId)
    .where("registry_snapshot.latestRunId", "=", noId)
    .where("registry_snapshot.createTime", "<", beforeTime)
    .where("registry_snapshot.name", "=", "")
    .where((row) => {
      const templates = row.selectFrom("registry_run_template").select("registry_run_template.id");
      const own = templates.whereRef("registry_run_template.workspaceId", "=", "registry_snapshot.workspaceId");
      return row.not(row.exists(own.whereRef("registry_run_template.snapshotId", "=", "registry_snapshot.id")));
    });

async function count(db: Db, order: Order): Promise<number> {
  const counted = unused(db, order).select((row) => row.fn.countAll<number>().as("count"));
  return Number((await counted.executeTakeFirstOrThrow()).count);
}

async function some(db: Db, order: Order): Promise<Id[]> {
  const rows = unused(db, order).select("registry_snapshot.id").orderBy("registry_snapshot.createTime").orderBy("registry_snapshot.id");
  return (await rows.limit(portion).execute()).map(({ id }) => id);
}

/** Deletes those of these that are still unused. They are held first: whoever is making a template of one comes before, or finds it gone. */
async function drop(context: Context, trx: Db, order: Order, ids: readonly Id[]): Promise<number> {
  const held = trx.updateTable("registry_snapshot").set({ revision: sql<number>`revision` });
  await held.where("workspaceId", "=", order.workspaceId).where("id", "in", ids).execute();
  const still = (await unused(trx, order).select("registry_snapshot.id").where("registry_snapshot.id", "in", ids).execute()).map(
    ({ id }) => id,
  );
  if (still.length === 0) return 0;
  await trx.deleteFrom("registry_snapshot").where("workspaceId", "=", order.workspaceId).where("id", "in", still).execute();
  await dropWith(context, trx, order.workspaceId, still);
  return still.length;
}
