import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";

/** A run that was asked to stop, and whose descendants are still to be asked. */
export interface StopTable {
  readonly workspaceId: Id;
  readonly runId: Id;
  readonly force: number;
  readonly reason: string;
  readonly createTime: Micros;
}

/** What few runs have of their snapshot, or was told of them as a whole: a row where there is any of it. Ids of all zeros and empty hashes stand for none. */
export interface RunTraitTable {
  readonly workspaceId: Id;
  readonly runId: Id;
  /** Of the run, as in its own row, so that lists of runs are found here in their order. */
  readonly projectId: Id;
  readonly createTime: Micros;
  readonly buildId: Id;
  readonly templateId: Id;
  readonly sourceSnapshotId: Id;
  readonly codeRepositoryId: Id;
  readonly codeCommit: string;
  readonly modelVersionId: Id;
  readonly parentStepId: Id;
  readonly templatable: number;
  /** Documents. */
  readonly orchestratorEnvironment: Buffer;
  readonly exception: Buffer;
  readonly outputs: Buffer;
}

/** A request that took up a run. */
export interface ResumeTable {
  readonly workspaceId: Id;
  readonly id: Id;
  readonly runId: Id;
  /** The generation that began with it. */
  readonly generation: number;
  readonly createTime: Micros;
}
