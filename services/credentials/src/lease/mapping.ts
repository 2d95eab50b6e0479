import { create } from "@bufbuild/protobuf";
import { type Lease, LeaseSchema } from "@signalbox/gen/signalbox/credentials/v1/credential_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { ConnectorRow, IssueRow } from "../tables.ts";

export function toLease(row: IssueRow, connector: Pick<ConnectorRow, "name">, { principalRef }: Pick<Policy, "principalRef">): Lease {
  return create(LeaseSchema, {
    id: toUuid(row.id),
    connector: toUuid(row.connectorId),
    connectorName: connector.name,
    resource: row.resource,
    principal: principalRef(row.principalId),
    run: toUuidOrNone(row.runId),
    issueTime: toTimestamp(row.issueTime),
    expireTime: toTimestamp(row.expireTime),
    revoked: row.revoked === 1,
  });
}
