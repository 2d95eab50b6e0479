import { create } from "@bufbuild/protobuf";
import { type CodeAccess, CodeAccessSchema } from "@signalbox/gen/signalbox/credentials/v1/code_access_service_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { CodeAccessRow } from "./tables.ts";

export function toCodeAccess(row: CodeAccessRow, { principalRef }: Pick<Policy, "principalRef">): CodeAccess {
  const { secretKey: key, userName: user, apiAddress, address } = row;
  return create(CodeAccessSchema, {
    codeRepository: toUuid(row.codeRepositoryId),
    secret: toUuidOrNone(row.secretId),
    key,
    user,
    apiAddress,
    address,
    principal: principalRef(row.principalId),
    updateTime: toTimestamp(row.updateTime),
  });
}
