import type { HookType } from "@signalbox/gen/signalbox/runs/v1/hook_pb.ts";
import type { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";

/** One call of a hook. */
export interface HookInvocationTable {
  readonly workspaceId: Id;
  readonly id: Id;
  readonly projectId: Id;
  readonly runId: Id;
  /** All zeros for the run as a whole. */
  readonly stepId: Id;
  /** That of the run. */
  readonly ownerId: Id;
  readonly type: HookType;
  readonly name: string;
  readonly status: Status;
  readonly source: string;
  /** Documents; all zeros for none. */
  readonly exception: Buffer;
  readonly outputs: Buffer;
  readonly startTime: Micros;
  readonly endTime: Micros;
  readonly contentHash: Buffer;
  readonly createTime: Micros;
}
