import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { BatchDeleteSnapshotsRequest } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { tellGone } from "@signalbox/runtime/events/gone.ts";
import { type Id, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { deleteRow } from "@signalbox/runtime/resource/change.ts";
import { deleteEach } from "@signalbox/runtime/resource/delete-each.ts";
import { grantedScope } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { isVisible } from "@signalbox/runtime/store/visible.ts";
import type { Kysely } from "kysely";
import type { Context } from "../context.ts";
import type { SnapshotRow } from "../pipeline/tables.ts";
import type { RegistryTables } from "../tables.ts";
import { snapshotTags } from "../tags.ts";
import { snapshotWords } from "./words.ts";

type Db = Kysely<RegistryTables>;
type Needs = Pick<Context, "log" | "clock">;

/** Deletes a snapshot with what hangs on it, and tells those who have more. Fails with NOT_FOUND, ETAG_MISMATCH, or with IN_USE where a run or a run template executes it. */
export async function deleteSnapshot(context: Needs, trx: Db, workspaceId: Id, id: Id, etag = ""): Promise<void> {
  // The row first: whoever is making a template of it holds the row, or finds it gone.
  const row = await deleteRow(trx, { table: "registry_snapshot", type: "snapshot", workspaceId, id }, etag);
  const templates = trx.selectFrom("registry_run_template").select("name").where("workspaceId", "=", workspaceId);
  const template = await templates.where("snapshotId", "=", id).orderBy("name").limit(1).executeTakeFirst();
  if (template) {
    throw new SignalboxError(Reason.IN_USE, `the snapshot ${toUuid(id)} is used by the run template "${template.name}"`, {
      metadata: { type: "snapshot", reference: toUuid(id), run_template: template.name },
    });
  }
  if (!row.latestRunId.equals(noId)) await refuseWithRuns(trx, row);
  await dropWith(context, trx, workspaceId, [id]);
}

async function refuseWithRuns(trx: Db, { workspaceId, id, latestRunId }: SnapshotRow): Promise<never> {
  const own = trx.selectFrom("registry_run").select("name").where("workspaceId", "=", workspaceId).where("id", "=", latestRunId);
  const [run, name] = [toUuid(latestRunId), (await own.executeTakeFirst())?.name];
  throw new SignalboxError(Reason.IN_USE, `the snapshot ${toUuid(id)} is executed by the run "${name ?? run}"`, {
    metadata: { type: "snapshot", reference: toUuid(id), run },
  });
}

/** What goes with snapshots that are deleted. */
export async function dropWith(context: Needs, trx: Db, workspaceId: Id, ids: readonly Id[]): Promise<void> {
  await trx.deleteFrom("registry_snapshot_step").where("workspaceId", "=", workspaceId).where("snapshotId", "in", ids).execute();
  await snapshotTags.drop(trx, workspaceId, ids);
  await snapshotWords.drop(trx, workspaceId, ids);
  await tellGone(context, "snapshot.deleted")(trx, workspaceId, ids);
}

/** Deletes many, each in a transaction of its own. */
export function deletingSnapshots(context: Needs & Pick<Context, "database" | "mutate">) {
  const { database, mutate } = context;
  return async ({ snapshots }: BatchDeleteSnapshotsRequest, call: Call) => {
    const [workspaceId, visible] = [workspaceOf(call), grantedScope(call)];
    const found = await snapshotTags.find(database.db, workspaceId, snapshots.map(toId));
    const rows = found.filter(({ projectId, ownerId }) => isVisible(visible, projectId, ownerId));
    return deleteEach({ mutate, call, rows, remove: (trx, { id }) => deleteSnapshot(context, trx, workspaceId, id) });
  };
}
