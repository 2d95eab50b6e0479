import { type Kysely, sql } from "kysely";
import type { Clock } from "../clock.ts";
import { gauge } from "../telemetry/gauges.ts";
import type { OutboxTable } from "./outbox.ts";

/** How far the log of a service is behind what was written: how many events wait for their numbers, and since when the oldest does. */
export function gaugeLag(database: Kysely<never>, service: string, clock: Clock): void {
  const db = database as unknown as Kysely<Record<string, OutboxTable>>;
  const attributes = { service };
  const waiting = () => db.selectFrom(`${service}_outbox`).where("sequence", "=", 0);
  gauge("outbox.waiting", { description: "Events without a number", unit: "{events}", attributes }, async () => {
    const { count } = await waiting().select(sql<number>`count(*)`.as("count")).executeTakeFirstOrThrow();
    return Number(count);
  });
  gauge("outbox.lag", { description: "How long the oldest of them waits", unit: "s", attributes }, async () => {
    const { oldest } = await waiting()
      .select(sql<number | null>`min(${sql.ref("createdTime")})`.as("oldest"))
      .executeTakeFirstOrThrow();
    return oldest === null ? 0 : Math.max(0, (clock() - Number(oldest)) / 1e6);
  });
}
