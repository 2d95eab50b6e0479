import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import { kept, pullFrom, topicOf } from "@signalbox/runtime/events/pull.ts";
import type { Duty, Needs } from "@signalbox/runtime/host/part.ts";
import { noId, toId } from "@signalbox/runtime/ids.ts";
import { consume } from "@signalbox/runtime/store/consume.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";

interface FollowOptions extends Pick<Needs, "peers" | "wakeups" | "log"> {
  readonly database: Database<RegistryTables>;
  readonly clock: Clock;
}

export const connectorDeleted = "connector.deleted";

/** Hears which connectors are gone, for as long as the signal lets it. */
export function followConnectors({ database, clock, peers, wakeups, log }: FollowOptions): Duty {
  const pull = pullFrom(peers, "credentials", [connectorDeleted]);
  const handle = (trx: Kysely<RegistryTables>, events: readonly Event[]) => disconnect(trx, events, clock());
  return (signal) =>
    consume<RegistryTables, Event>({
      database,
      service: "registry",
      name: "credentials",
      pull,
      handle,
      async resync() {
        for await (const events of kept(pull)) await database.transact((trx) => handle(trx, events));
        log.warn("the log of credentials does not reach back: components may name connectors that were deleted before it");
      },
      wakeups,
      topic: topicOf("credentials"),
      signal,
      onError: (error) => log.warn({ err: error }, "the log of credentials cannot be read, for the moment"),
    });
}

/** Components that name what is gone have no connector from then on; which resource they want of one stays. */
export async function disconnect(trx: Kysely<RegistryTables>, events: readonly Event[], now: number): Promise<void> {
  for (const { workspace, subject } of events) {
    const change = trx
      .updateTable("registry_component")
      .set((row) => ({ connectorId: noId, updateTime: now, revision: row("revision", "+", 1) }));
    await change.where("workspaceId", "=", toId(workspace)).where("connectorId", "=", toId(subject)).execute();
  }
}
