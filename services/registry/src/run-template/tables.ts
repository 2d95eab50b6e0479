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
}
