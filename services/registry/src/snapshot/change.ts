import { type UpdateSnapshotRequest, UpdateSnapshotRequestSchema } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { changeRow, readRow } from "@signalbox/runtime/resource/change.ts";
import { naming } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import type { SnapshotRow } from "../pipeline/tables.ts";
import { identityOf, takingNames } from "./names.ts";
import { snapshotWords } from "./words.ts";

/** Changes what of a snapshot is no content of it. */
export function changeSnapshots(context: Context) {
  const { database, mutate, clock } = context;
  const takeName = takingNames(context);

  return async (request: UpdateSnapshotRequest, call: Call): Promise<SnapshotRow> => {
    const { name, ...texts } = patchOf(UpdateSnapshotRequestSchema, request, ["name", "description"]);
    if (name) checkName(name);
    const which = { table: "registry_snapshot", type: "snapshot", workspaceId: workspaceOf(call), id: grantedId(call) } as const;
    const { project } = call.granted?.resource ?? {};
    return naming(database.dialect, "snapshot", name, () =>
      mutate(call, { subject: toUuid(which.id), ...(project && { project }) }, async (trx) => {
        const [before, now] = [await readRow(trx, which), clock()];
        const renamed = name !== undefined && name !== before.name;
        if (renamed && name && request.replace) await takeName(trx, { ...before, call, name, now });
        const identityHash = name ? identityOf("name", name) : identityOf("id", which.id);
        const patch = { ...texts, ...(renamed && { name, identityHash }) };
        const { row } = await changeRow(trx, which, { patch, etag: request.etag, now });
        if (renamed) await snapshotWords.change(trx, database.dialect, row);
        return row;
      }),
    );
  };
}
