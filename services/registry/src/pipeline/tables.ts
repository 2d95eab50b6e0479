import type { ExecutionMode } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import type { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { ResourceRow } from "@signalbox/runtime/resource/row.ts";

export interface PipelineRow extends ResourceRow {
  projectId: Id;
  name: string;
  description: string;
  /** Its newest run, as far as it was heard of; all zeros for none. What lists are asked by is here too. */
  latestRunId: Id;
  latestRunTime: Micros;
  latestRunStatus: Status;
  latestRunOwnerId: Id;
}

/** A pipeline that is gone, and of which snapshots may be left. */
export interface PipelinePurgeRow {
  workspaceId: Id;
  id: Id;
  createTime: Micros;
}

export interface SnapshotRow extends Omit<ResourceRow, "contentHash"> {
  projectId: Id;
  pipelineId: Id;
  name: string;
  /** What only one snapshot of a pipeline can have; see `identityOf`. */
  identityHash: Buffer;
  stackId: Id;
  executionMode: ExecutionMode;
  dynamic: number;
  /** Documents; all zeros for none. */
  configurationHash: Buffer;
  environmentHash: Buffer;
  /** Whether it has a code reference, whose fields may all be empty. */
  hasCode: number;
  codeRepository: string;
  /** The registered one. */
  codeRepositoryId: Id;
  buildId: Id;
  codeCommit: string;
  codePath: string;
  codeDirty: number;
  /** SHA-256 of what it was created with but its name, description and tags, in hexadecimal digits. */
  contentHash: string;
  description: string;
  sourceCodeHash: Buffer;
  specificationHash: Buffer;
  runNameTemplate: string;
  clientVersion: string;
  serverVersion: string;
  versionHash: string;
  /** Where an archive of the code lies. */
  archive: string;
  templateId: Id;
  sourceSnapshotId: Id;
  /** As the stack and the build were when it was made. */
  runnable: number;
  /** Its newest run, as far as it was heard of; all zeros for none. */
  latestRunId: Id;
  latestRunTime: Micros;
}

export interface SnapshotStepRow {
  workspaceId: Id;
  snapshotId: Id;
  /** From 0. */
  position: number;
  name: string;
  /** The positions of the steps before it, as a JSON list of numbers. */
  upstream: string;
  /** A document; all zeros for none. */
  configurationHash: Buffer;
  codeHash: string;
  maxAttempts: number;
}
