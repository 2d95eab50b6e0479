import type { Micros } from "@signalbox/runtime/clock.ts";

/** The begins of the months, in UTC, from that in which one time lies to that in which another does. */
export function monthsBetween(first: Micros, last: Micros): Micros[] {
  const from = new Date(first / 1000);
  const begins: Micros[] = [];
  for (let month = from.getUTCMonth(); ; month += 1) {
    const begin = Date.UTC(from.getUTCFullYear(), month) * 1000;
    if (begin > last) return begins;
    begins.push(begin);
  }
}
