import { create } from "@bufbuild/protobuf";
import { type Event, EventSchema, EventService } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import type { ServiceName } from "../contract/services.ts";
import type { Peers } from "../peers/peers.ts";
import type { ConsumeOptions } from "../store/consume.ts";
import type { Database } from "../store/database.ts";
import { outbox } from "../store/outbox.ts";
import { toEvent } from "./handlers.ts";

type Pull = ConsumeOptions<unknown, Event>["pull"];

/** The topic that says that a service's log has more to pull. */
export const topicOf = (service: ServiceName): string => `${service}.events`;

/** Reads events of these kinds from another service's log, for `consume`. */
export function pullFrom(peers: Peers, service: ServiceName, kinds: readonly string[]): Pull {
  return async (after, limit, signal) => {
    const request = { after: BigInt(after), limit, kinds: [...kinds] };
    const { events, upto, resync } = await peers(EventService, service).pullEvents(request, signal && { signal });
    return { events, upto: Number(upto), resync };
  };
}

/** Reads events of these kinds from the service's own log, without a call. */
export function pullOwn<Tables>(database: Pick<Database<Tables>, "db" | "dialect">, service: ServiceName, kinds: readonly string[]): Pull {
  const log = outbox(database as unknown as Pick<Database<never>, "db" | "dialect">, service, { notify: () => {} });
  return async (after, limit) => {
    const { events, upto, resync } = await log.pull(after, limit, kinds);
    return { events: events.map((row) => create(EventSchema, toEvent(row))), upto, resync };
  };
}

/**
 * Everything that a log still keeps, a batch at a time, for a reader whose
 * cursor is older than that. Where the log begins is found by halving: a
 * cursor before its beginning is refused.
 */
export async function* kept(pull: Pull, limit = 500): AsyncGenerator<readonly Event[]> {
  // Where it ends is what a reader from beyond its end hears.
  const { upto: end } = await pull(Number.MAX_SAFE_INTEGER, 1);
  let [refused, taken] = (await pull(0, 1)).resync ? [0, end] : [-1, 0];
  while (taken - refused > 1) {
    const middle = Math.floor((refused + taken) / 2);
    if ((await pull(middle, 1)).resync) refused = middle;
    else taken = middle;
  }
  for (let after = taken; after < end; ) {
    const { events, upto } = await pull(after, limit);
    if (events.length > 0) yield events;
    if (upto === after) return;
    after = upto;
  }
}
