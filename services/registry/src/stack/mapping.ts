import { create } from "@bufbuild/protobuf";
import { type Stack, StackSchema } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import type { WholeStack } from "./store.ts";

export function toStack(row: WholeStack, { principalRef }: Pick<Policy, "principalRef">): Stack {
  const { name, description, components, labels } = row;
  return create(StackSchema, {
    id: toUuid(row.id),
    name,
    description,
    components: components.map(toUuid),
    labels: { ...labels },
    owner: principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
  });
}
