import type { BatchDeleteArtifactVersionsRequest } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { deleteEach } from "@signalbox/runtime/resource/delete-each.ts";
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
    const rows = asked.flatMap((id) => byId.get(id) ?? []);
    return deleteEach({ mutate, call, rows, remove: (trx, { id }) => versions.remove(trx, workspaceId, id) });
  };
