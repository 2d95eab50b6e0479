import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { BatchDeleteSnapshotsRequest } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { reasonName, SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { deleteRow } from "@signalbox/runtime/resource/change.ts";
import { grantedScope } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { isVisible } from "@signalbox/runtime/store/visible.ts";
import type { Kysely } from "kysely";
import type { Context } from "../context.ts";
import type { RegistryTables } from "../tables.ts";
import { snapshotTags } from "../tags.ts";

type Db = Kysely<RegistryTables>;

/** Deletes a snapshot with what hangs on it. Fails with NOT_FOUND, ETAG_MISMATCH, or with IN_USE where a run template executes it. */
export async function deleteSnapshot(trx: Db, workspaceId: Id, id: Id, etag = ""): Promise<void> {
  // The row first: whoever is making a template of it holds the row, or finds it gone.
  await deleteRow(trx, { table: "registry_snapshot", type: "snapshot", workspaceId, id }, etag);
  const templates = trx.selectFrom("registry_run_template").select("name").where("workspaceId", "=", workspaceId);
  const template = await templates.where("snapshotId", "=", id).orderBy("name").limit(1).executeTakeFirst();
  if (template) {
    throw new SignalboxError(Reason.IN_USE, `the snapshot ${toUuid(id)} is used by the run template "${template.name}"`, {
      metadata: { type: "snapshot", reference: toUuid(id), run_template: template.name },
    });
  }
  await trx.deleteFrom("registry_snapshot_step").where("workspaceId", "=", workspaceId).where("snapshotId", "=", id).execute();
  await snapshotTags.drop(trx, workspaceId, [id]);
}

/** Deletes many, each in a transaction of its own. */
export function deletingSnapshots({ database, mutate }: Pick<Context, "database" | "mutate">) {
  return async ({ snapshots }: BatchDeleteSnapshotsRequest, call: Call) => {
    const [workspaceId, visible] = [workspaceOf(call), grantedScope(call)];
    const rows = await snapshotTags.find(database.db, workspaceId, snapshots.map(toId));
    const deleted: string[] = [];
    const refused = [];
    for (const { id, projectId, ownerId } of rows) {
      if (!isVisible(visible, projectId, ownerId)) continue;
      const about = { subject: toUuid(id), project: toUuid(projectId) };
      try {
        await mutate(call, about, (trx) => deleteSnapshot(trx, workspaceId, id));
      } catch (error) {
        if (!(error instanceof SignalboxError)) throw error;
        if (error.reason === Reason.IN_USE) {
          refused.push({ id: about.subject, reason: reasonName(error.reason), message: error.message });
          continue;
        }
        // Somebody else deleted it meanwhile.
        if (error.reason !== Reason.NOT_FOUND) throw error;
      }
      deleted.push(about.subject);
    }
    return { deleted, refused };
  };
}
