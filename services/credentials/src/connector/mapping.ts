import { create } from "@bufbuild/protobuf";
import { type Connector, ConnectorSchema } from "@signalbox/gen/signalbox/credentials/v1/credential_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import { kindIn } from "./columns.ts";
import { typedIn } from "./settings.ts";
import type { Labelled } from "./store.ts";

export function toConnector(row: Labelled, { principalRef }: Pick<Policy, "principalRef">): Connector {
  const { name, description, lifetimeSeconds } = row;
  const typed = typedIn(row);
  return create(ConnectorSchema, {
    id: toUuid(row.id),
    name,
    description,
    ...kindIn(row),
    ...(typed && { [typed.method]: typed.value }),
    lifetimeSeconds,
    // Any change may matter to what was issued, so one number counts them all.
    version: row.revision,
    labels: { ...row.labels },
    owner: principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
  });
}
