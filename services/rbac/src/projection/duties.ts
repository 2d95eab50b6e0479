import { setTimeout as sleep } from "node:timers/promises";
import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import { kept, pullFrom, topicOf } from "@signalbox/runtime/events/pull.ts";
import type { Duty, Needs } from "@signalbox/runtime/host/part.ts";
import { type ConsumeOptions, consume } from "@signalbox/runtime/store/consume.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Outbox } from "@signalbox/runtime/store/outbox.ts";
import type { RbacTables } from "../tables.ts";
import { applyIdentity, applyOrg, heard, type Told } from "./apply.ts";
import { projectionStore } from "./store.ts";

export interface ProjectionOptions extends Pick<Needs, "peers" | "wakeups" | "clock"> {
  readonly database: Database<RbacTables>;
  readonly log: Outbox;
  readonly onError: (error: unknown) => void;
}

/** A revoked credential stops working everywhere within a second, also while wake-ups are lost. */
const idleMs = 200;

/** Follows identity and org. */
export function projections({ database, log, peers, wakeups, clock, onError }: ProjectionOptions): Duty[] {
  const projection = { dialect: database.dialect, log, clock };
  const follow = (source: keyof typeof heard, handle: (trx: Parameters<typeof applyOrg>[0], events: readonly Told[]) => Promise<void>) => {
    const pull = pullFrom(peers, source, heard[source]);
    const options: Omit<ConsumeOptions<RbacTables, Event>, "signal"> = {
      database,
      service: "rbac",
      name: source,
      pull,
      handle,
      async resync() {
        onError(new Error(`rbac was away for longer than ${source} keeps its events: what it did not hear in time is lost`));
        for await (const events of kept(pull)) await database.transact((trx) => handle(trx, events));
      },
      wakeups,
      topic: topicOf(source),
      idleMs,
      onError,
    };
    return (signal: AbortSignal) => consume({ ...options, signal });
  };
  return [
    follow("identity", (trx, events) => applyIdentity(trx, events, projection)),
    follow("org", (trx, events) => applyOrg(trx, events, projection)),
  ];
}

const hourMs = 3_600_000;
/** Longer than any access token lives. */
const revokedForHours = 48;

/** Forgets revocations when every token that they refuse has expired. */
export function pruning(database: Database<RbacTables>, clock: Clock, onError: (error: unknown) => void): Duty {
  const { pruneRevocations } = projectionStore(database.db, database.dialect);
  return async (signal) => {
    while (!signal.aborted) {
      await pruneRevocations(clock() - revokedForHours * hourMs * 1000).catch(onError);
      await sleep(hourMs, undefined, { signal }).catch(() => {});
    }
  };
}
