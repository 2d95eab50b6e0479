import type { InputKind, StepInput } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import type { InputTable, OutputTable, StepTable } from "../tables.ts";

export const inputRow = (step: StepTable, input: StepInput, usual: InputKind): InputTable => ({
  workspaceId: step.workspaceId,
  runId: step.runId,
  stepId: step.id,
  name: input.name,
  artifactVersionId: toId(input.artifactVersion),
  kind: input.kind || usual,
  place: placeOf(input),
});

function placeOf({ index, chunkIndex, chunkSize }: StepInput): string {
  if (index === undefined && chunkIndex === undefined && chunkSize === undefined) return "";
  return JSON.stringify({ index, chunkIndex, chunkSize });
}

export const outputRow = (step: StepTable, output: Pick<OutputTable, "name" | "artifactVersionId">): OutputTable => ({
  workspaceId: step.workspaceId,
  runId: step.runId,
  stepId: step.id,
  name: output.name,
  artifactVersionId: output.artifactVersionId,
});
