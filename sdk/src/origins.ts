import type { CodeReference } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { LineageService } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import type { Connection } from "./connection.ts";

/** What is behind a version of a model, as far as the caller may read it. */
export interface Origins {
  /** The run that made it, those that are linked to it, and those in which its data was made, nearest first. */
  readonly runs: readonly {
    readonly id: string;
    readonly name: string;
    readonly pipeline: string;
    readonly code: CodeReference | undefined;
  }[];
  /** What it consists of, and what that was made from, nearest first. */
  readonly artifacts: readonly { readonly id: string; readonly name: string; readonly version: string; readonly uri: string }[];
  /** Whether there is more than was walked. */
  readonly truncated: boolean;
}

export async function readOrigins(connection: Connection, modelVersion: string, maxHops = 10): Promise<Origins> {
  const found = await connection.client(LineageService).getModelVersionOrigins({ modelVersion, maxHops });
  const codes = new Map(found.code.map(({ snapshot, code }) => [snapshot, code]));
  return {
    runs: found.runs.map(({ id, name, pipelineName, snapshot }) => ({ id, name, pipeline: pipelineName, code: codes.get(snapshot) })),
    artifacts: found.artifacts.map(({ artifactVersion: id, artifactName: name, version, uri }) => ({ id, name, version, uri })),
    truncated: found.truncated,
  };
}
