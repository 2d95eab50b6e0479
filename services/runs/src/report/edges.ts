import type { InputKind, StepInput } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import type { InputTable, OutputTable, StepTable } from "../tables.ts";

export const inputRow = (step: StepTable, { name, artifactVersion, kind }: StepInput, usual: InputKind): InputTable => ({
  workspaceId: step.workspaceId,
  runId: step.runId,
  stepId: step.id,
  name,
  artifactVersionId: toId(artifactVersion),
  kind: kind || usual,
});

export const outputRow = (step: StepTable, output: Pick<OutputTable, "name" | "artifactVersionId">): OutputTable => ({
  workspaceId: step.workspaceId,
  runId: step.runId,
  stepId: step.id,
  name: output.name,
  artifactVersionId: output.artifactVersionId,
});
