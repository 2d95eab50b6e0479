import type { Id } from "@signalbox/runtime/ids.ts";
import type { ResourceRow } from "@signalbox/runtime/resource/row.ts";

export interface BuildRow extends ResourceRow {
  projectId: Id;
  pipelineId: Id;
  stackId: Id;
  local: number;
  containsCode: number;
  clientVersion: string;
  pythonVersion: string;
  durationSeconds: number | null;
  /** What lists are sorted by: a second more than it took, 0 where nobody said. */
  durationOrder: number;
  checksum: string;
  stackChecksum: string;
}

export interface BuildImageRow {
  workspaceId: Id;
  buildId: Id;
  /** What it is for. */
  key: string;
  image: string;
  /** Documents; all zeros for none. */
  dockerfileHash: Buffer;
  requirementsHash: Buffer;
  settingsChecksum: string;
  containsCode: number;
  downloadsCode: number;
}
