import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ApiKeySchema } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import { type ApiKeyRow, never } from "../tables.ts";

/** A key as others may know it at an instant. */
export function toApiKey(row: ApiKeyRow, now: Micros): MessageInitShape<typeof ApiKeySchema> {
  return {
    id: toUuid(row.id),
    principal: toUuid(row.principalId),
    name: row.name,
    description: row.description,
    hint: row.hint,
    state: row.state,
    ...(row.expireTime !== never && { expireTime: toTimestamp(row.expireTime) }),
    ...(row.lastUsedTime > 0 && { lastUsedTime: toTimestamp(row.lastUsedTime) }),
    ...(row.rotateTime > 0 && { rotateTime: toTimestamp(row.rotateTime) }),
    ...(row.previousExpireTime > now && { previousExpireTime: toTimestamp(row.previousExpireTime) }),
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
  };
}
