import { create } from "@bufbuild/protobuf";
import { type Component, ComponentSchema } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { noId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { jsonOf } from "@signalbox/runtime/resource/json.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import type { Labelled } from "./store.ts";

export function toComponent(row: Labelled, { principalRef }: Pick<Policy, "principalRef">): Component {
  const { name, type, flavor, connectorResource, labels } = row;
  const configuration = jsonOf(row.configuration);
  return create(ComponentSchema, {
    id: toUuid(row.id),
    name,
    type,
    flavor,
    ...(configuration && { configuration }),
    connector: row.connectorId.equals(noId) ? "" : toUuid(row.connectorId),
    connectorResource,
    labels: { ...labels },
    owner: principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
  });
}
