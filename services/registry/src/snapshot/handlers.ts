import type { SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId, grantedScope } from "@signalbox/runtime/resource/granted.ts";
import { listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { tagBatch } from "@signalbox/runtime/resource/tags/batch.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { parentOf } from "../project/references.ts";
import { snapshotTags } from "../tags.ts";
import { changeSnapshots } from "./change.ts";
import { createSnapshots } from "./create.ts";
import { deleteSnapshot, deletingSnapshots } from "./delete.ts";
import { toListedSnapshot, toSnapshot } from "./mapping.ts";
import { pruneSnapshots } from "./prune.ts";
import { snapshotStore } from "./store.ts";

export function snapshotHandlers(context: Context): Handlers<typeof SnapshotService> {
  const { database, policy, mutate } = context;
  const snapshots = snapshotStore(database, policy);
  const createSnapshot = createSnapshots(context, snapshots);
  const changeSnapshot = changeSnapshots(context);
  const prune = pruneSnapshots(context);
  const deleteAll = deletingSnapshots(context);
  const tag = tagBatch(snapshotTags, { ...context, outbox: context.log });

  async function whole(workspaceId: Id, id: Id) {
    const [found] = await snapshots.batch(workspaceId, [id]);
    if (!found) throw notFound("snapshot", toUuid(id));
    const [row] = await snapshotTags.tagged(database.db, workspaceId, [found.row]);
    return toSnapshot({ ...found, ...(row && { row }) }, policy);
  }

  return {
    async createSnapshot(request, call) {
      const { id, created } = await createSnapshot(request, call);
      return { snapshot: await whole(workspaceOf(call), id), created };
    },

    async getSnapshot(_, call) {
      return { snapshot: await whole(workspaceOf(call), grantedId(call)) };
    },

    async batchGetSnapshots({ ids }, call) {
      const rows = await snapshots.seen(workspaceOf(call), ids.map(toId), grantedScope(call));
      return { snapshots: rows.map((row) => toListedSnapshot(row, policy)) };
    },

    async listSnapshots(request, call) {
      const query = listQuery(context.lists, request, call, request.pipeline);
      const pipelineId = await parentOf(database.db, "registry_pipeline", query, request.pipeline);
      const { rows, ...page } = await snapshots.list(query, pipelineId);
      return { snapshots: rows.map((row) => toListedSnapshot(row, policy)), ...pageOf(page) };
    },

    async updateSnapshot(request, call) {
      const { workspaceId, id } = await changeSnapshot(request, call);
      return { snapshot: await whole(workspaceId, id) };
    },

    async tagSnapshots({ snapshots: ids, ...asked }, call) {
      return { snapshots: await tag({ ids, ...asked }, call) };
    },

    async deleteSnapshot({ etag }, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const { project } = call.granted?.resource ?? {};
      await mutate(call, { subject: toUuid(id), ...(project && { project }) }, (trx) =>
        deleteSnapshot(context, trx, workspaceId, id, etag),
      );
      return {};
    },

    pruneSnapshots: (request, call) => prune(request, call),

    batchDeleteSnapshots: (request, call) => deleteAll(request, call),

    async resolveSnapshots({ workspace, ids }) {
      const found = await snapshots.batch(toId(workspace), ids.map(toId));
      return { snapshots: found.map((each) => toSnapshot(each, policy)) };
    },
  };
}
