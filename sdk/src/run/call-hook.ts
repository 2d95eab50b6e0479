import { HookService, HookType as Type } from "@signalbox/gen/signalbox/runs/v1/hook_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { newUuid } from "../canonical.ts";
import type { Connection } from "../connection.ts";
import { toException } from "../exception.ts";

const types = {
  ...{ "run-start": Type.RUN_START, "run-success": Type.RUN_SUCCESS, "run-failure": Type.RUN_FAILURE, "run-end": Type.RUN_END },
  ...{ "run-pause": Type.RUN_PAUSE, "run-resume": Type.RUN_RESUME, "step-start": Type.STEP_START, "step-end": Type.STEP_END },
  ...{ "step-success": Type.STEP_SUCCESS, "step-failure": Type.STEP_FAILURE, custom: Type.CUSTOM },
} as const;

/** When a hook is called. */
export type HookType = keyof typeof types;

/** Calls a hook, and records that it was called and how it ended. What it throws is recorded and thrown on. */
export async function callHook<R>(connection: Connection, run: string, type: HookType, name: string, work: () => R): Promise<Awaited<R>> {
  const startTime = now();
  const record = async (status: Status, failure: object = {}) => {
    const request = { id: newUuid(), run, type: types[type], name, status, startTime, endTime: now(), ...failure };
    await connection.client(HookService).recordHookInvocation(request);
  };
  try {
    const done = await work();
    await record(Status.COMPLETED);
    return done;
  } catch (error) {
    // What the hook failed with counts more than that it could not be recorded.
    await record(Status.FAILED, { exception: toException(error) }).catch(() => undefined);
    throw error;
  }
}

function now(): { seconds: bigint; nanos: number } {
  const ms = Date.now();
  return { seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 };
}
