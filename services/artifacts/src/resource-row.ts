import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";

/** What the row of every resource begins with. */
export interface ResourceRow {
  workspaceId: Id;
  id: Id;
  ownerId: Id;
  /** SHA-256 of what it was created with, to know a repeat by. */
  requestHash: Buffer;
  /** Counts its changes, from 1. */
  revision: number;
  createTime: Micros;
  updateTime: Micros;
}
