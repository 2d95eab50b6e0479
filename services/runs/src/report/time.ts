import { create } from "@bufbuild/protobuf";
import { type Duration, DurationSchema, type Timestamp } from "@bufbuild/protobuf/wkt";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { toMicros } from "@signalbox/runtime/events/timestamp.ts";

/** When something happened by its reporter's clock, within what a column holds exactly; `now` where that is not said. */
export const microsOf = (time: Timestamp | undefined, now: Micros): Micros =>
  time ? Math.min(Math.max(toMicros(time), 1), Number.MAX_SAFE_INTEGER) : now;

/** How long something is; 0 where that is not said. */
export const microsIn = (duration: Duration | undefined): Micros =>
  duration ? Number(duration.seconds) * 1e6 + Math.floor(duration.nanos / 1000) : 0;

export const toDuration = (micros: Micros): Duration =>
  create(DurationSchema, { seconds: BigInt(Math.floor(micros / 1e6)), nanos: (micros % 1e6) * 1000 });
