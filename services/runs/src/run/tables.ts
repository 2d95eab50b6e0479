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

/** A request that took up a run. */
export interface ResumeTable {
  readonly workspaceId: Id;
  readonly id: Id;
  readonly runId: Id;
  /** The generation that began with it. */
  readonly generation: number;
  readonly createTime: Micros;
}
