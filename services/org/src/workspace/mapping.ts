import { create } from "@bufbuild/protobuf";
import { type Workspace, WorkspaceSchema } from "@signalbox/gen/signalbox/org/v1/organization_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import type { WorkspaceTable } from "../tables.ts";

export function toWorkspace(row: WorkspaceTable, { principalRef }: Pick<Policy, "principalRef">): Workspace {
  const { name, displayName, description } = row;
  return create(WorkspaceSchema, {
    id: toUuid(row.id),
    name,
    displayName,
    description,
    organization: toUuid(row.organizationId),
    owner: principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
  });
}
