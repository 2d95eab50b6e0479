import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { Handle } from "../artifacts/handle.ts";
import type { ArtifactStore } from "../artifacts/store.ts";
import type { Connection } from "../connection.ts";
import { failedWith } from "../errors.ts";
import { lookupMs, readOutputs } from "./earlier.ts";

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
  readonly project: string;
  readonly run: string;
  readonly cacheKey: string;
}

/**
 * An earlier step with the same key, if all of its outputs are still there.
 * Undefined too where nobody can say now: computing anew is always right.
 */
export async function findCached({ connection, store, project, run, cacheKey }: Lookup): Promise<CachedOutputs | undefined> {
  try {
    const options = { timeoutMs: lookupMs };
    const found = await connection.client(RunService).findCachedSteps({ project, run, cacheKeys: [cacheKey] }, options);
    const step = found.steps.find((one) => one.cacheKey === cacheKey);
    if (!step) return undefined;
    if (step.outputs.length === 0) return { step: step.step, runName: step.runName, outputs: [] };
    const outputs = await readOutputs({ connection, store, run }, step.outputs).catch((error: unknown) => {
      if (failedWith(error, "MISUSE")) return undefined;
      throw error;
    });
    if (!outputs) return undefined;
    for (const { handle } of outputs) if (!(await store.has(handle.uri))) return undefined;
    return { step: step.step, runName: step.runName, outputs };
  } catch (error) {
    if (failedWith(error, "UNAVAILABLE", "DEADLINE_EXCEEDED", "RATE_LIMITED", "OVERLOADED")) return undefined;
    throw error;
  }
}
