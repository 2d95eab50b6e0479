import type { MessageInitShape } from "@bufbuild/protobuf";
import type { UserSchema } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { jsonOf } from "@signalbox/runtime/resource/json.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import type { Principal } from "../principal/store.ts";
import type { UserRow } from "../tables.ts";

export function toUser(row: UserRow): MessageInitShape<typeof UserSchema> {
  return {
    id: toUuid(row.id),
    userName: row.userName,
    displayName: row.displayName,
    email: row.email,
    organization: toUuid(row.organizationId),
    state: row.state,
    mustChangePassword: row.mustChangePassword === 1,
    protected: row.protected === 1,
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
    avatarUrl: row.avatarUrl,
    details: jsonOf(row.details),
    ...(row.passwordChangeTime > 0 && { passwordChangeTime: toTimestamp(row.passwordChangeTime) }),
  };
}

export const principalOfUser = ({ id, organizationId, userName, state }: UserRow): Principal => ({
  id,
  kind: "user",
  organizationId,
  name: userName,
  state,
});
