import { create, fromBinary, fromJsonString, type MessageInitShape } from "@bufbuild/protobuf";
import { ExceptionSchema, type Step, type StepInput, type StepInputSchema, StepSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { noId, toUuid } from "@signalbox/runtime/ids.ts";
import { toDuration } from "../report/time.ts";
import type { FactTable, InputTable, OutputTable, SeriesTable, StepTable } from "../tables.ts";
import type { StepTraitTable } from "./tables.ts";

/** What lies in other tables than the step's own. Documents are found by the hexadecimal hash. */
export interface StepParts {
  readonly inputs?: readonly InputTable[] | undefined;
  readonly outputs?: readonly OutputTable[] | undefined;
  readonly facts?: readonly FactTable[] | undefined;
  readonly series?: readonly SeriesTable[] | undefined;
  readonly traits?: StepTraitTable | undefined;
  readonly documents?: ReadonlyMap<string, string> | undefined;
}

export const toInput = ({ name, artifactVersionId, kind, place }: InputTable): MessageInitShape<typeof StepInputSchema> => ({
  ...{ name, artifactVersion: toUuid(artifactVersionId), kind },
  ...(place !== "" && (JSON.parse(place) as Place)),
});
/** Where an input is among those under its name, and which part it is of its version. */
type Place = Pick<StepInput, "index" | "chunkIndex" | "chunkSize">;
export const toOutput = ({ name, artifactVersionId }: Pick<OutputTable, "name" | "artifactVersionId">) => ({
  name,
  artifactVersion: toUuid(artifactVersionId),
});

function traitsOf(
  { kind, modelVersionId, substitutions, cacheExpiresTime }: StepTraitTable,
  documents: StepParts["documents"],
): MessageInitShape<typeof StepSchema> {
  const substituted = documents?.get(substitutions.toString("hex"));
  return {
    kind,
    ...(!modelVersionId.equals(noId) && { modelVersion: toUuid(modelVersionId) }),
    ...(substituted !== undefined && { substitutions: JSON.parse(substituted) as Record<string, string> }),
    ...(cacheExpiresTime > 0 && { cacheExpireTime: toTimestamp(cacheExpiresTime) }),
  };
}

/** The latest values of what was logged, by key. */
export const metadataOf = (facts: readonly Pick<FactTable, "key" | "value">[]) =>
  Object.fromEntries(facts.map(({ key, value }) => [key, fromBinary(ValueSchema, value)]));

/** A row and what belongs to it as the contract has them. */
export function toStep(row: StepTable, { inputs = [], outputs = [], facts = [], series = [], traits, documents }: StepParts): Step {
  const init: MessageInitShape<typeof StepSchema> = {
    id: toUuid(row.id),
    run: toUuid(row.runId),
    name: row.name,
    attempt: row.attempt,
    status: row.status,
    statusReason: row.statusReason,
    upstream: JSON.parse(row.upstream) as string[],
    inputs: inputs.map(toInput),
    outputs: outputs.map(toOutput),
    cacheKey: row.cacheKey,
    codeHash: row.codeHash,
    cachedFrom: row.cachedFromId.equals(noId) ? "" : toUuid(row.cachedFromId),
    cachedFromRun: row.cachedFromRun,
    heartbeatTime: toTimestamp(row.heartbeatTime),
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime || row.createTime),
    metadata: metadataOf(facts),
    metrics: series.map(({ name, count, last, lastIndex, min, max }) => ({
      name,
      count: BigInt(count),
      last,
      lastIndex: BigInt(lastIndex),
      min,
      max,
    })),
  };
  const parameters = documents?.get(row.parameters.toString("hex"));
  const configuration = documents?.get(row.configuration.toString("hex"));
  const exception = documents?.get(row.exception.toString("hex"));
  if (parameters !== undefined) init.parameters = { text: parameters };
  if (configuration !== undefined) init.configuration = { text: configuration };
  if (exception !== undefined) init.exception = fromJsonString(ExceptionSchema, exception);
  if (row.heartbeatTimeout > 0) init.heartbeatTimeout = toDuration(row.heartbeatTimeout);
  if (traits) Object.assign(init, traitsOf(traits, documents));
  if (row.startTime > 0) init.startTime = toTimestamp(row.startTime);
  if (row.endTime > 0) init.endTime = toTimestamp(row.endTime);
  return create(StepSchema, init);
}
