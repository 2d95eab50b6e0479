import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import type { CachedStep } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { type Handle, toHandle } from "../artifacts/handle.ts";
import type { ArtifactStore } from "../artifacts/store.ts";
import type { Connection } from "../connection.ts";
import { isPassing } from "./reserve.ts";

/** A lookup may not hold up a step for longer. */
const lookupMs = 10_000;

export interface CachedOutputs {
  /** The UUID of the step whose outputs serve. */
  readonly step: string;
  /** The name of its run. */
  readonly runName: string;
  readonly outputs: readonly { readonly name: string; readonly handle: Handle<unknown> }[];
}

export interface Lookup {
  readonly connection: Connection;
  readonly store: ArtifactStore;
  readonly run: string;
}

/**
 * The outputs of an earlier step, if all of them are still there.
 * Undefined too where nobody can say now: computing anew is always right.
 */
export async function outputsOf(
  { connection, store, run }: Lookup,
  { step, runName, outputs }: CachedStep,
): Promise<CachedOutputs | undefined> {
  try {
    const ids = [...new Set(outputs.map(({ artifactVersion }) => artifactVersion))];
    const client = connection.client(ArtifactVersionService);
    const { artifactVersions } = await client.batchGetArtifactVersions({ ids, run }, { timeoutMs: lookupMs });
    const handles = new Map(artifactVersions.map((version) => [version.id, toHandle<unknown>(version, store)]));
    const found: { name: string; handle: Handle<unknown> }[] = [];
    for (const { name, artifactVersion } of outputs) {
      const handle = handles.get(artifactVersion);
      if (!handle || !(await store.has(handle.uri))) return undefined;
      found.push({ name, handle });
    }
    return { step, runName, outputs: found };
  } catch (error) {
    if (isPassing(error)) return undefined;
    throw error;
  }
}
