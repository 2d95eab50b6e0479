import { create } from "@bufbuild/protobuf";
import { type Member, MemberSchema } from "@signalbox/gen/signalbox/org/v1/organization_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { MemberTable } from "../tables.ts";

export function toMember({ organizationId, principalId, createTime }: MemberTable, { principalRef }: Pick<Policy, "principalRef">): Member {
  return create(MemberSchema, {
    principal: principalRef(principalId),
    organization: toUuid(organizationId),
    createTime: toTimestamp(createTime),
  });
}
