import { create } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import type { Micros } from "../clock.ts";

/** An instant as messages carry it. */
export function toTimestamp(time: Micros): Timestamp {
  const seconds = Math.floor(time / 1e6);
  return create(TimestampSchema, { seconds: BigInt(seconds), nanos: (time - seconds * 1e6) * 1000 });
}

/** An instant as rows keep it; parts of a microsecond are dropped. 0 where there is none. */
export function toMicros(time: Pick<Timestamp, "seconds" | "nanos"> | undefined): Micros {
  return time ? Number(time.seconds) * 1e6 + Math.floor(time.nanos / 1000) : 0;
}
