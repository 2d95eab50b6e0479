import type { Connector } from "@signalbox/gen/signalbox/credentials/v1/credential_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import type { Recorded } from "../provider/recorded.ts";
import { type ConnectorRow, methodNumber } from "../tables.ts";

/** The columns that say what a connector is of. */
export type KindColumns = Pick<ConnectorRow, "type" | "authMethod" | "resourceTypes" | "resource" | "manyResources"> &
  Pick<ConnectorRow, "expiresTime" | "expireSkewSeconds" | "configuration" | "secretKeys">;

/** What tells how a connector gets credentials. */
export type KindRow = KindColumns & Pick<ConnectorRow, "method" | "settings">;

/** What stands in `expireSkewSeconds` where nothing is said. */
export const noSkew = -1;

const own = {
  ...{ resource: "", manyResources: 1, expiresTime: 0, expireSkewSeconds: noSkew, configuration: "", secretKeys: "[]" },
} satisfies Partial<KindColumns>;

/** The same of those that have settings of their own, which the contract has a field for. */
export const typedColumns = {
  awsRole: { ...own, type: "aws", authMethod: "iam-role", resourceTypes: '["aws-generic","s3-bucket"]' },
  oauthClient: { ...own, type: "oauth2", authMethod: "client-credentials", resourceTypes: '["oauth2-api"]' },
} satisfies Record<string, KindColumns>;

export const namesIn = (text: string): string[] => JSON.parse(text) as string[];

/** What a row is of. One that an earlier release wrote does not say so itself. */
function kindOf(row: KindRow): KindColumns {
  if (row.type !== "" || row.method === methodNumber.record) return row;
  return row.method === methodNumber.awsRole ? typedColumns.awsRole : typedColumns.oauthClient;
}

export const recordedIn = (row: Omit<KindColumns, "secretKeys">): Recorded => ({
  type: row.type,
  method: row.authMethod,
  resourceTypes: namesIn(row.resourceTypes),
  resource: row.resource,
  configuration: row.configuration,
});

/** What messages tell of it. */
export function kindIn(row: KindRow) {
  const { type, authMethod: method, resource, ...kind } = kindOf(row);
  return {
    ...{ type, method, resource, resourceTypes: namesIn(kind.resourceTypes), secretKeys: namesIn(kind.secretKeys) },
    manyResources: kind.manyResources === 1,
    ...(kind.expiresTime !== 0 && { expireTime: toTimestamp(kind.expiresTime) }),
    ...(kind.expireSkewSeconds !== noSkew && { expireSkewSeconds: kind.expireSkewSeconds }),
    ...(kind.configuration !== "" && { configuration: { text: kind.configuration } }),
  } satisfies Partial<Connector> | object;
}
