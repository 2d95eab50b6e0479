import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";

/** Who computes what is cached under a key, unless its step or its run has ended. */
export interface ReservationTable {
  readonly workspaceId: Id;
  readonly projectId: Id;
  /** A hash of the cache key. */
  readonly key: Buffer;
  readonly runId: Id;
  readonly step: string;
  readonly attempt: number;
  /** By the database's clock; counts as long as no heartbeat of the attempt is awaited. */
  readonly expiresTime: Micros;
  readonly revision: number;
}
