import { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { wrongUsage } from "../failure.ts";

const stages: ReadonlyMap<string, ModelStage> = new Map([
  ["none", ModelStage.UNSPECIFIED],
  ["staging", ModelStage.STAGING],
  ["production", ModelStage.PRODUCTION],
  ["archived", ModelStage.ARCHIVED],
]);

/** The stages of models, as people write them. */
export const stageNames: readonly string[] = [...stages.keys()];

export function stageNamed(name: string): ModelStage {
  const stage = stages.get(name);
  if (stage === undefined) throw wrongUsage(`"${name}" is no stage; those are ${stageNames.join(", ")}`);
  return stage;
}
