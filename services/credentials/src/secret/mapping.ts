import { create } from "@bufbuild/protobuf";
import { type Secret, SecretSchema } from "@signalbox/gen/signalbox/credentials/v1/credential_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import type { Named } from "./store.ts";

export function toSecret({ id, name, description, keys, ...row }: Named, { principalRef }: Pick<Policy, "principalRef">): Secret {
  return create(SecretSchema, {
    id: toUuid(id),
    name,
    description,
    keys: [...keys],
    owner: principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
    private: row.private === 1,
  });
}
