import type { SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { parentOf } from "../project/references.ts";
import { createSnapshots } from "./create.ts";
import { toListedSnapshot, toSnapshot } from "./mapping.ts";
import { snapshotStore } from "./store.ts";

export function snapshotHandlers(context: Context): Handlers<typeof SnapshotService> {
  const { database, policy } = context;
  const snapshots = snapshotStore(database, policy);
  const createSnapshot = createSnapshots(context, snapshots);

  async function whole(workspaceId: Id, id: Id) {
    const [found] = await snapshots.batch(workspaceId, [id]);
    if (!found) throw notFound("snapshot", toUuid(id));
    return toSnapshot(found, policy);
  }

  return {
    async createSnapshot(request, call) {
      const { id, created } = await createSnapshot(request, call);
      return { snapshot: await whole(workspaceOf(call), id), created };
    },

    async getSnapshot(_, call) {
      return { snapshot: await whole(workspaceOf(call), grantedId(call)) };
    },

    async listSnapshots(request, call) {
      const query = listQuery(context.lists, request, call, request.pipeline);
      const pipelineId = await parentOf(database.db, "registry_pipeline", query, request.pipeline);
      const { rows, ...page } = await snapshots.list(query, pipelineId);
      return { snapshots: rows.map((row) => toListedSnapshot(row, policy)), ...pageOf(page) };
    },

    async batchGetSnapshots({ workspace, ids }) {
      const found = await snapshots.batch(toId(workspace), ids.map(toId));
      return { snapshots: found.map((each) => toSnapshot(each, policy)) };
    },
  };
}
