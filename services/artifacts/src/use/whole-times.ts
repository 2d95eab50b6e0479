import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { toMicros } from "@signalbox/runtime/events/timestamp.ts";

interface Pulled {
  readonly events: readonly Event[];
  readonly upto: number;
  readonly resync: boolean;
}

type Pull = (after: number, limit: number, signal?: AbortSignal) => Promise<Pulled>;

/**
 * Pulls so that a page does not end between events of one time, which are
 * those of one report: once its time was seen, all of it was taken in. Where
 * one time fills a page alone, the page is taken as it is.
 */
export function wholeTimes(pull: Pull): Pull {
  return async (after, limit, signal) => {
    const pulled = await pull(after, limit, signal);
    const { events } = pulled;
    if (events.length < limit) return pulled;
    const last = toMicros(events.at(-1)?.time);
    const whole = events.findLastIndex(({ time }) => toMicros(time) !== last) + 1;
    if (whole === 0) return pulled;
    return { ...pulled, events: events.slice(0, whole), upto: Number(events[whole - 1]?.sequence) };
  };
}
