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
  return async (after, limit) => {
    const { events, upto, resync } = await peers(EventService, service).pullEvents({ after: BigInt(after), limit, kinds: [...kinds] });
    return { events, upto: Number(upto), resync };
  };
}

/** Reads events of these kinds from the service's own log, without a call. */
export function pullOwn<Tables>(database: Pick<Database<Tables>, "db">, service: ServiceName, kinds: readonly string[]): Pull {
  const log = outbox(database as unknown as Pick<Database<never>, "db">, service, { notify: () => {} });
  return async (after, limit) => {
    const { events, upto, resync } = await log.pull(after, limit, kinds);
    return { events: events.map((row) => create(EventSchema, toEvent(row))), upto, resync };
  };
}
