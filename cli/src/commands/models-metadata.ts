import { ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { addFacts } from "./facts.ts";
import { findModelVersion } from "./find-model-version.ts";

/** `models log` and `models facts`. */
export function addModelsMetadata(models: Command, act: Act): void {
  addFacts(models, act, {
    log: {
      args: "<model> <version>",
      description: "add metadata to a version",
      example: "models log penguin-classifier @champion --set accuracy=0.97 --set holdout=Torgersen",
    },
    list: {
      command: "facts <model> [version]",
      description: "list all metadata that was logged of a version, newest first; the latest version where none is named",
    },
    find: (context, model, version = "latest") => findModelVersion(context, model, version),
    add: (context, id, logging) =>
      context
        .connect()
        .client(ModelVersionService)
        .logMetadata({ modelVersions: [id], ...logging }),
    page: (context, modelVersion, page) =>
      context
        .connect()
        .client(ModelVersionService)
        .listMetadata({ modelVersion, ...page }),
  });
}
