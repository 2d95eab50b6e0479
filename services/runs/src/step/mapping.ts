import { create, fromBinary, fromJsonString, type MessageInitShape } from "@bufbuild/protobuf";
import { ExceptionSchema, type Step, type StepInput, type StepInputSchema, StepSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, noId, toUuid } from "@signalbox/runtime/ids.ts";
import { toDuration } from "../report/time.ts";
import type { RunsTables, StepTable } from "../tables.ts";

/** What is shown of a step's own row where no documents are. */
export const briefColumns = [
  ...(["workspaceId", "runId", "id", "name", "attempt", "status", "statusReason", "upstream", "cacheKey", "codeHash"] as const),
  ...([
    "cachedFromId",
    "cachedFromRun",
    "parts",
    "startTime",
    "endTime",
    "heartbeatTime",
    "heartbeatTimeout",
    "createTime",
    "updateTime",
  ] as const),
] as const;
export type BriefStep = Pick<StepTable, (typeof briefColumns)[number]>;

/** What is shown of the rows of other tables. */
export const partColumns = {
  runsInput: ["stepId", "name", "artifactVersionId", "kind", "place"],
  runsOutput: ["stepId", "name", "artifactVersionId"],
  runsFact: ["stepId", "key", "value"],
  runsSeries: ["stepId", "name", "count", "last", "lastIndex", "min", "max"],
  runsStepCode: ["stepId", "docstring", "sourceCode"],
  runsStepTrait: ["stepId", "kind", "modelVersionId", "substitutions", "cacheExpiresTime"],
} as const satisfies { readonly [T in keyof RunsTables]?: readonly (keyof RunsTables[T])[] };
export type PartRow<T extends keyof typeof partColumns> = { readonly stepId: Id } & Pick<
  RunsTables[T],
  (typeof partColumns)[T][number] & keyof RunsTables[T]
>;
export type InputRow = PartRow<"runsInput">;
export type OutputRow = PartRow<"runsOutput">;
export type FactRow = PartRow<"runsFact">;

/** What lies in other tables than the step's own. Documents are found by the hexadecimal hash. */
export interface StepParts {
  readonly inputs?: readonly InputRow[] | undefined;
  readonly outputs?: readonly OutputRow[] | undefined;
  readonly facts?: readonly FactRow[] | undefined;
  readonly series?: readonly PartRow<"runsSeries">[] | undefined;
  readonly traits?: PartRow<"runsStepTrait"> | undefined;
  readonly documents?: ReadonlyMap<string, string> | undefined;
}

export const toInput = ({ name, artifactVersionId, kind, place }: Omit<InputRow, "stepId">): MessageInitShape<typeof StepInputSchema> => ({
  ...{ name, artifactVersion: toUuid(artifactVersionId), kind },
  ...(place !== "" && (JSON.parse(place) as Place)),
});
/** Where an input is among those under its name, and which part it is of its version. */
type Place = Pick<StepInput, "index" | "chunkIndex" | "chunkSize">;
export const toOutput = ({ name, artifactVersionId }: Pick<OutputRow, "name" | "artifactVersionId">) => ({
  name,
  artifactVersion: toUuid(artifactVersionId),
});

function traitsOf(
  { kind, modelVersionId, substitutions, cacheExpiresTime }: PartRow<"runsStepTrait">,
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
export const metadataOf = (facts: readonly Pick<FactRow, "key" | "value">[]) =>
  Object.fromEntries(facts.map(({ key, value }) => [key, fromBinary(ValueSchema, value)]));

/** A row and what belongs to it as the contract has them. */
export function toStep(
  row: BriefStep | StepTable,
  { inputs = [], outputs = [], facts = [], series = [], traits, documents }: StepParts,
): Step {
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
  if ("parameters" in row) {
    const [parameters, configuration, exception] = [row.parameters, row.configuration, row.exception].map((hash) =>
      documents?.get(hash.toString("hex")),
    );
    if (parameters !== undefined) init.parameters = { text: parameters };
    if (configuration !== undefined) init.configuration = { text: configuration };
    if (exception !== undefined) init.exception = fromJsonString(ExceptionSchema, exception);
  }
  if (row.heartbeatTimeout > 0) init.heartbeatTimeout = toDuration(row.heartbeatTimeout);
  if (traits) Object.assign(init, traitsOf(traits, documents));
  if (row.startTime > 0) init.startTime = toTimestamp(row.startTime);
  if (row.endTime > 0) init.endTime = toTimestamp(row.endTime);
  return create(StepSchema, init);
}
