import type { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { type Id, noId } from "@signalbox/runtime/ids.ts";

/** A run as far as registry knows it, from what runs tells when one is created or stands elsewhere. */
export interface RunRow {
  workspaceId: Id;
  id: Id;
  projectId: Id;
  pipelineId: Id;
  snapshotId: Id;
  /** That its snapshot was made from; all zeros for none. */
  templateId: Id;
  ownerId: Id;
  name: string;
  index: number;
  status: Status;
  /** That of runs: what was told later has a higher one. */
  revision: number;
  createTime: Micros;
}

/** What has had no run. */
export const noRun = { latestRunId: noId, latestRunTime: 0 };
