import { create, fromJsonString, toJsonString } from "@bufbuild/protobuf";
import { type WaitCondition, WaitConditionSchema } from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { noId, toUuid } from "@signalbox/runtime/ids.ts";
import { jsonOf } from "@signalbox/runtime/resource/json.ts";
import type { PrincipalNames } from "../run/mapping.ts";
import { never, type WaitConditionTable } from "../tables.ts";

/** The metadata of a condition as it is kept; empty for none. */
export function metadataText(metadata: WaitCondition["metadata"]): string {
  return Object.keys(metadata).length === 0 ? "" : toJsonString(WaitConditionSchema, create(WaitConditionSchema, { metadata }));
}

/** The hashes of what is kept elsewhere. */
export const documentsOf = ({ question, schema, metadata, result }: WaitConditionTable): Buffer[] => [question, schema, metadata, result];

/** A row as the contract has it. */
export function toWaitCondition(row: WaitConditionTable, names: PrincipalNames, documents: ReadonlyMap<string, string>): WaitCondition {
  const textOf = (hash: Buffer) => documents.get(hash.toString("hex")) ?? "";
  const [schema, result] = [jsonOf(textOf(row.schema)), jsonOf(textOf(row.result))];
  const metadata = textOf(row.metadata);
  return create(WaitConditionSchema, {
    id: toUuid(row.id),
    project: toUuid(row.projectId),
    run: toUuid(row.runId),
    name: row.name,
    type: row.type,
    question: textOf(row.question),
    ...(schema && { schema }),
    ...(metadata !== "" && { metadata: fromJsonString(WaitConditionSchema, metadata).metadata }),
    status: row.status,
    resolution: row.resolution,
    ...(result && { result }),
    poller: row.poller,
    ...(row.pollerExpiresTime !== never && { pollerExpireTime: toTimestamp(row.pollerExpiresTime) }),
    ...(row.pollTime > 0 && { pollTime: toTimestamp(row.pollTime) }),
    ...(row.resolveTime > 0 && { resolveTime: toTimestamp(row.resolveTime) }),
    ...(!row.resolverId.equals(noId) && { resolver: names.principalRef(row.resolverId) }),
    owner: names.principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
  });
}
