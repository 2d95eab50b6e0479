import { numbers } from "@signalbox/runtime/resource/numbers.ts";

/** The numbers of an artifact's versions. */
export const artifactNumbers = numbers({ table: "artifacts_artifact", type: "artifact", versions: "artifacts_version", of: "artifactId" });
