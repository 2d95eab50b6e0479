import { create, fromJsonString, toJsonString } from "@bufbuild/protobuf";
import { type HookInvocation, HookInvocationSchema, type RecordHookInvocationRequest } from "@signalbox/gen/signalbox/runs/v1/hook_pb.ts";
import { ExceptionSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { noId, toUuid } from "@signalbox/runtime/ids.ts";
import type { PrincipalNames } from "../run/mapping.ts";
import type { HookInvocationTable } from "./tables.ts";

/** What of a call is kept elsewhere, as texts; empty for none. */
export const textsOf = ({ exception, outputs }: RecordHookInvocationRequest) => ({
  exception: exception ? toJsonString(ExceptionSchema, exception) : "",
  outputs: outputs.length === 0 ? "" : toJsonString(HookInvocationSchema, create(HookInvocationSchema, { outputs })),
});

/** A row as the contract has it. Documents are found by the hexadecimal hash. */
export function toHookInvocation(row: HookInvocationTable, names: PrincipalNames, documents: ReadonlyMap<string, string>): HookInvocation {
  const exception = documents.get(row.exception.toString("hex"));
  const outputs = documents.get(row.outputs.toString("hex"));
  return create(HookInvocationSchema, {
    id: toUuid(row.id),
    project: toUuid(row.projectId),
    run: toUuid(row.runId),
    step: row.stepId.equals(noId) ? "" : toUuid(row.stepId),
    type: row.type,
    name: row.name,
    status: row.status,
    source: row.source,
    startTime: toTimestamp(row.startTime),
    ...(row.endTime > 0 && { endTime: toTimestamp(row.endTime) }),
    ...(exception !== undefined && { exception: fromJsonString(ExceptionSchema, exception) }),
    ...(outputs !== undefined && { outputs: fromJsonString(HookInvocationSchema, outputs).outputs }),
    owner: names.principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
  });
}
