import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { ResourceRow } from "@signalbox/runtime/resource/row.ts";

export interface RunTemplateRow extends ResourceRow {
  projectId: Id;
  name: string;
  description: string;
  snapshotId: Id;
  /** That of the snapshot. */
  pipelineId: Id;
  hidden: number;
  /** The newest run of a snapshot that was made from it, as far as it was heard of; all zeros for none. */
  latestRunId: Id;
  latestRunTime: Micros;
}
