import type { EventService } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { noId, toUuid } from "../ids.ts";
import type { Handlers } from "../rpc/handler.ts";
import type { Database } from "../store/database.ts";
import { type OutboxTable, outbox } from "../store/outbox.ts";
import { toTimestamp } from "./timestamp.ts";

const usual = 500;

/** Lets other services follow the log of this one. */
export function eventHandlers<Tables>(database: Pick<Database<Tables>, "db" | "dialect">, service: string): Handlers<typeof EventService> {
  const log = outbox(database as unknown as Pick<Database<never>, "db" | "dialect">, service, { notify: () => {} });
  return {
    async pullEvents({ after, limit, kinds }) {
      const { events, upto, resync } = await log.pull(Number(after), limit || usual, kinds);
      return { events: events.map(toEvent), upto: BigInt(upto), resync };
    },
  };
}

/** A row of the log as the contract has it. */
export function toEvent({ sequence, workspaceId, kind, subject, payload, createdTime }: OutboxTable) {
  return {
    sequence: BigInt(sequence),
    workspace: workspaceId.equals(noId) ? "" : toUuid(workspaceId),
    kind,
    subject: toUuid(subject),
    payload,
    time: toTimestamp(createdTime),
  };
}
