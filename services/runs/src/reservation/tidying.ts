import type { Database } from "@signalbox/runtime/store/database.ts";
import { whileLeader } from "@signalbox/runtime/store/leader.ts";
import { lease } from "@signalbox/runtime/store/lease.ts";
import type { Context } from "../context.ts";

const portion = 200;

/** Puts away reservations that have run out, one replica at a time, for as long as the signal lets it. Nobody waits for it. */
export async function tidying({ database, reservations, log }: Context, signal: AbortSignal): Promise<void> {
  await whileLeader(lease(database as unknown as Database<never>, "runs", "reservations"), {
    ttlMs: 30_000,
    everyMs: 10_000,
    signal,
    onError: (error) => log.error({ err: error }, "reservations that have run out stay, for the moment"),
    work: async (leading) => {
      while (!leading.aborted && (await reservations.tidy(portion)) === portion);
    },
  });
}
