import type { Id } from "@signalbox/runtime/ids.ts";

/** What a step of a replay is to consume instead of what it would. */
export interface OverrideTable {
  readonly workspaceId: Id;
  readonly runId: Id;
  readonly step: string;
  readonly input: string;
  readonly artifactVersionId: Id;
}
