import type { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { toSignalboxError } from "@signalbox/runtime/wire/status.ts";

/** The reason that a call failed for; undefined where it did not. */
export async function reasonOf(call: Promise<unknown> | undefined): Promise<Reason | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return toSignalboxError(error).reason;
  }
}
