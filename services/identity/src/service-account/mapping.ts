import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceAccountSchema } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import type { Principal } from "../principal/store.ts";
import type { ServiceAccountRow } from "../tables.ts";

export function toServiceAccount(row: ServiceAccountRow): MessageInitShape<typeof ServiceAccountSchema> {
  return {
    id: toUuid(row.id),
    name: row.name,
    description: row.description,
    organization: toUuid(row.organizationId),
    state: row.state,
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
    displayName: row.displayName,
    avatarUrl: row.avatarUrl,
  };
}

export const principalOfAccount = ({ id, organizationId, name, state }: ServiceAccountRow): Principal => ({
  id,
  kind: "service_account",
  organizationId,
  name,
  state,
});
