import { numbers } from "@signalbox/runtime/resource/numbers.ts";

/** The numbers of a model's versions. */
export const modelNumbers = numbers({ table: "registry_model", type: "model", versions: "registry_model_version", of: "modelId" });
