import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { kept, pullFrom, topicOf } from "@signalbox/runtime/events/pull.ts";
import type { Duty, Needs } from "@signalbox/runtime/host/part.ts";
import { consume } from "@signalbox/runtime/store/consume.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { RegistryTables } from "../tables.ts";
import { kinds, takeIn } from "./take-in.ts";

interface FollowOptions extends Pick<Needs, "peers" | "wakeups" | "log"> {
  readonly database: Database<RegistryTables>;
}

/** Follows what runs tells of where its runs stand, for as long as the signal lets it. */
export function followRuns({ database, peers, wakeups, log }: FollowOptions): Duty {
  const pull = pullFrom(peers, "runs", Object.values(kinds));
  return (signal) =>
    consume<RegistryTables, Event>({
      database,
      service: "registry",
      name: "runs",
      pull,
      handle: takeIn,
      async resync() {
        for await (const events of kept(pull)) await database.transact((trx) => takeIn(trx, events));
        log.warn("the log of runs does not reach back: runs that ended and were deleted before it are shown as they were heard of last");
      },
      wakeups,
      topic: topicOf("runs"),
      signal,
      onError: (error) => log.warn({ err: error }, "the log of runs cannot be read, for the moment"),
    });
}
