import type { Resolution, WaitConditionStatus, WaitConditionType } from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";

/** What a run waits for. */
export interface WaitConditionTable {
  readonly workspaceId: Id;
  readonly id: Id;
  readonly projectId: Id;
  readonly runId: Id;
  /** That of the run. */
  readonly ownerId: Id;
  /** Unique in the run. */
  readonly name: string;
  readonly type: WaitConditionType;
  /** Documents; all zeros for none. */
  readonly question: Buffer;
  readonly schema: Buffer;
  readonly metadata: Buffer;
  readonly result: Buffer;
  readonly status: WaitConditionStatus;
  readonly resolution: Resolution;
  readonly resolverId: Id;
  readonly resolveTime: Micros;
  /** Which answer of its run it has, from 1; 0 before. */
  readonly answer: number;
  /** Empty for nobody. */
  readonly poller: string;
  /** By the database's clock; `never` where nobody polls. */
  readonly pollerExpiresTime: Micros;
  readonly pollTime: Micros;
  readonly contentHash: Buffer;
  readonly createTime: Micros;
  readonly updateTime: Micros;
}
