import { create } from "@bufbuild/protobuf";
import { type Project, ProjectSchema } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import type { ProjectRow } from "./tables.ts";

export function toProject(row: ProjectRow, { principalRef }: Pick<Policy, "principalRef">): Project {
  const { name, displayName, description, state } = row;
  return create(ProjectSchema, {
    id: toUuid(row.id),
    name,
    displayName,
    description,
    state,
    owner: principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
  });
}
