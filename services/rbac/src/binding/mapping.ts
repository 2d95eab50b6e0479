import { create } from "@bufbuild/protobuf";
import { type RoleBinding, RoleBindingSchema } from "@signalbox/gen/signalbox/rbac/v1/role_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { noId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { toScope } from "../feed/facts.ts";
import type { BindingTable } from "../tables.ts";

/** A binding as callers see it. Whoever gave it is left out where the system did. */
export function toRoleBinding(row: BindingTable, { principalRef }: Pick<Policy, "principalRef">): RoleBinding {
  return create(RoleBindingSchema, {
    id: toUuid(row.id),
    principal: principalRef(row.principalId),
    role: row.role,
    scope: toScope(row),
    ...(!row.grantedById.equals(noId) && { grantedBy: principalRef(row.grantedById) }),
    createTime: toTimestamp(row.createTime),
  });
}
