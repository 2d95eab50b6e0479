import { ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { needed } from "../arguments.ts";
import type { Context } from "../context.ts";
import { projectOf } from "../project.ts";

/** A version of a model by what people name it with: its id, and what to call it. */
export async function findModelVersion(context: Context, modelName: string | undefined, version: string | undefined) {
  const model = needed(modelName, "the model");
  const asked = { model, version: needed(version, "the version"), project: await projectOf(context, model) };
  const { modelVersion } = await context.connect().client(ModelVersionService).findModelVersion(asked);
  return { id: modelVersion?.id ?? "", called: `version ${modelVersion?.number} of ${model}` };
}
