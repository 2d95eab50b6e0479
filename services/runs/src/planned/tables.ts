import type { Id } from "@signalbox/runtime/ids.ts";

/** A step that a dynamic run said is to follow. Its row stays when the step has begun. */
export interface PlannedTable {
  readonly workspaceId: Id;
  readonly runId: Id;
  readonly name: string;
  /** The revision of the run that it was planned with, and its place among those. */
  readonly revision: number;
  readonly position: number;
  /** The names of the steps before it, as JSON. */
  readonly upstream: string;
}
