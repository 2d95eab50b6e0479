import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { pullFrom, topicOf } from "@signalbox/runtime/events/pull.ts";
import type { Duty } from "@signalbox/runtime/host/part.ts";
import { consume } from "@signalbox/runtime/store/consume.ts";
import type { Context } from "../context.ts";
import type { ArtifactsTables } from "../tables.ts";
import { kinds } from "./edges.ts";
import { takeIn } from "./project.ts";
import { wholeTimes } from "./whole-times.ts";

/** Follows what runs tells of steps, for as long as the signal lets it. */
export function followRuns({ database, peers, wakeups, log }: Context): Duty {
  return (signal) =>
    consume<ArtifactsTables, Event>({
      database,
      service: "artifacts",
      name: "runs",
      pull: wholeTimes(pullFrom(peers, "runs", Object.values(kinds))),
      handle: (trx, events) => takeIn(trx, database.dialect, events),
      resync: async () =>
        log.error("the log of runs does not reach back: uses of artifact versions that were reported meanwhile are missing"),
      wakeups,
      topic: topicOf("runs"),
      signal,
      onError: (error) => log.warn({ err: error }, "the log of runs cannot be read, for the moment"),
    });
}
