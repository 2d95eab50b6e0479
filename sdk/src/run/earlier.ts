import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { Status, type Step, type StepOutput } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { type Handle, toHandle } from "../artifacts/handle.ts";
import type { ArtifactStore } from "../artifacts/store.ts";
import type { Connection } from "../connection.ts";
import { misuse } from "../errors.ts";

/** What a run did before it was resumed, or has from the run that it repeats: the latest attempt of each step, by name. */
export type Earlier = ReadonlyMap<string, Pick<Step, "attempt" | "status" | "outputs">>;

const pageSize = 1000;
/** A lookup may not hold up a step for longer. */
const lookupMs = 10_000;

export async function readEarlier(connection: Connection, run: string): Promise<Earlier> {
  const found = new Map<string, Step>();
  for (let pageToken = ""; ; ) {
    const page = await connection.client(RunService).listSteps({ run, pageSize, pageToken });
    for (const step of page.steps) found.set(step.name, step);
    pageToken = page.nextPageToken;
    if (pageToken === "") return found;
  }
}

/** Whether a step is done, so that its outputs serve. */
export const isDone = ({ status }: Pick<Step, "status">): boolean =>
  status === Status.COMPLETED || status === Status.CACHED || status === Status.SKIPPED;

export interface OutputReading {
  readonly connection: Connection;
  readonly store: ArtifactStore;
  /** The run that reads. */
  readonly run: string;
}

/** The outputs of a step as handles. Fails with MISUSE where one is not there any more. */
export async function readOutputs(
  { connection, store, run }: OutputReading,
  outputs: readonly StepOutput[],
): Promise<{ readonly name: string; readonly handle: Handle<unknown> }[]> {
  const ids = [...new Set(outputs.map(({ artifactVersion }) => artifactVersion))];
  if (ids.length === 0) return [];
  const { artifactVersions } = await connection
    .client(ArtifactVersionService)
    .batchGetArtifactVersions({ ids, run }, { timeoutMs: lookupMs });
  const handles = new Map(artifactVersions.map((version) => [version.id, toHandle<unknown>(version, store)]));
  return outputs.map(({ name, artifactVersion }) => {
    const handle = handles.get(artifactVersion);
    if (!handle) throw misuse(`the output "${name}" of an earlier step is not there any more; start another run`);
    return { name, handle };
  });
}
