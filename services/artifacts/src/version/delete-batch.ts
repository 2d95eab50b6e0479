import type { BatchDeleteArtifactVersionsRequest } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { reasonName, SignalboxError } from "@signalbox/runtime/errors.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedScope } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import type { VersionStore } from "./store.ts";

/** Deletes versions, each in a transaction of its own, and tells of those that stay. */
export const deleteVersions =
  ({ mutate }: Pick<Context, "mutate">, versions: VersionStore) =>
  async ({ artifactVersions }: BatchDeleteArtifactVersionsRequest, call: Call) => {
    const workspaceId = workspaceOf(call);
    const asked = [...new Set(artifactVersions.map((id) => id.toLowerCase()))];
    const found = await versions.batch(workspaceId, asked.map(toId), grantedScope(call));
    const byId = new Map(found.map(({ row }) => [toUuid(row.id), row]));
    const deleted: string[] = [];
    const refused: { id: string; reason: string; message: string }[] = [];
    for (const id of asked) {
      const row = byId.get(id);
      if (!row) continue;
      const about = { subject: id, project: toUuid(row.projectId) };
      try {
        await mutate(call, about, (trx) => versions.remove(trx, workspaceId, row.id));
        deleted.push(id);
      } catch (error) {
        if (!(error instanceof SignalboxError) || error.reason !== Reason.IN_USE) throw error;
        refused.push({ id, reason: reasonName(error.reason), message: error.message });
      }
    }
    return { deleted, refused };
  };
