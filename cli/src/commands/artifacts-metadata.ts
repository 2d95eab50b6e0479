import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { versionName } from "../output/step-facts.ts";
import { printable } from "../output/width.ts";
import { findVersion } from "./artifacts-version.ts";
import { addFacts } from "./facts.ts";

/** `artifacts log` and `artifacts history`. */
export function addArtifactsMetadata(artifacts: Command, act: Act): void {
  addFacts(artifacts, act, {
    log: {
      args: "<artifact> [version]",
      description: "add metadata to a version of an artifact",
      example: 'artifacts log penguins 3 --set rows=344 --set source="Palmer station"',
    },
    list: {
      command: "history <artifact> [version]",
      description: "list all metadata that was logged of a version of an artifact, newest first",
    },
    async find(context, artifact, version) {
      const found = await findVersion(context, artifact, version);
      return { id: found.id, called: printable(versionName(found)) };
    },
    add: (context, id, logging) =>
      context
        .connect()
        .client(ArtifactVersionService)
        .logMetadata({ artifactVersions: [id], ...logging }),
    page: (context, artifactVersion, page) =>
      context
        .connect()
        .client(ArtifactVersionService)
        .listMetadata({ artifactVersion, ...page }),
  });
}
