import { type Mutate, mutation } from "../audit/mutation.ts";
import { type Refusals, refusals } from "../audit/refused.ts";
import type { ServiceName } from "../contract/services.ts";
import { eventHandlers } from "../events/handlers.ts";
import { retention } from "../events/retention.ts";
import type { Lists } from "../resource/lists.ts";
import type { Database } from "../store/database.ts";
import { type Outbox, outbox } from "../store/outbox.ts";
import { gaugeLag } from "../store/outbox-lag.ts";
import { pageTokens } from "../store/page-seal.ts";
import { type RelayOptions, relay } from "../store/relay.ts";
import type { Needs, Part } from "./part.ts";

export interface StoredPart<Tables> {
  /** What other services, the policy feed and the audit log follow the service by. */
  readonly log: Outbox;
  /** Runs the work of a call together with its audit event. */
  readonly mutate: Mutate<Tables>;
  readonly refused: Refusals;
  readonly lists: Lists;
  /** Hears of failures beside the calls. */
  readonly onError: (error: unknown) => void;
  /** What of this the part is made of; `close` comes last, after what the service itself has to flush. */
  readonly part: Required<Pick<Part, "events" | "recordRefusal" | "ready" | "duties" | "close">>;
}

/** What every service that keeps tables has: its log with the relay and retention of it, the records of its calls, and its lists. */
export function storedPart<Tables>(
  { clock, wakeups, meshKeys, log: logger }: Pick<Needs, "clock" | "wakeups" | "meshKeys" | "log">,
  service: ServiceName,
  database: Database<Tables>,
  options: Pick<RelayOptions, "idleMs" | "compacted"> = {},
): StoredPart<Tables> {
  const untyped = database as unknown as Database<never>;
  const log = outbox(untyped, service, wakeups);
  gaugeLag(untyped.db, service, clock);
  const onError = (error: unknown) => logger.error({ err: error }, "work beside the calls failed, and is tried again");
  const refused = refusals(database, { service, clock, onError });
  const relaying = { database: untyped, outbox: log, wakeups, onError, ...options };
  return {
    log,
    mutate: mutation(database, { log, clock }),
    refused,
    lists: { seal: pageTokens(meshKeys), clock, dialect: database.dialect, indexesOf: database.indexesOf },
    onError,
    part: {
      events: eventHandlers(database, service),
      recordRefusal: refused.record,
      ready: database.ping,
      duties: [(signal) => relay({ ...relaying, signal }), (signal) => retention(log, signal, { clock, onError })],
      async close() {
        await refused.flush();
        await database.close();
      },
    },
  };
}
