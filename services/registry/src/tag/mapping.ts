import { create } from "@bufbuild/protobuf";
import { type Tag, TagSchema } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import type { TagRow } from "./tables.ts";

export function toTag({ name, description, color, ...row }: TagRow, { principalRef }: Pick<Policy, "principalRef">): Tag {
  return create(TagSchema, {
    id: toUuid(row.id),
    name,
    description,
    color,
    exclusive: row.exclusive === 1,
    owner: principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
  });
}
