import type { Clock, Micros } from "@signalbox/runtime/clock.ts";
import type { Log } from "@signalbox/runtime/host/log.ts";
import type { Duty } from "@signalbox/runtime/host/part.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { whileLeader } from "@signalbox/runtime/store/leader.ts";
import { lease } from "@signalbox/runtime/store/lease.ts";
import type { CredentialsTables } from "../tables.ts";

/** How long a lease is listed after its credential expired. */
const keptTime: Micros = 30 * 86_400 * 1_000_000;

const portion = 500;
const everyMs = 3_600_000;

/** Removes the leases of credentials that expired before an instant, some at a time. Resolves with how many. */
export async function sweepLeases({ db }: Database<CredentialsTables>, before: Micros, signal: AbortSignal): Promise<number> {
  for (let removed = 0; ; ) {
    const query = db.selectFrom("credentials_issue").select(["workspaceId", "id"]).where("expireTime", "<", before);
    const rows = await query.orderBy("expireTime").limit(portion).execute();
    for (const [, inWorkspace] of Map.groupBy(rows, ({ workspaceId }) => workspaceId.toString("hex"))) {
      const [{ workspaceId }] = inWorkspace as [(typeof rows)[number]];
      const ids = inWorkspace.map(({ id }) => id);
      await db.deleteFrom("credentials_issue").where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
    }
    removed += rows.length;
    if (rows.length < portion || signal.aborted) return removed;
  }
}

/** Sweeps from time to time, in one replica. */
export function sweepDuty(database: Database<CredentialsTables>, clock: Clock, log: Log): Duty {
  return (signal) =>
    whileLeader(lease(database as unknown as Database<never>, "credentials", "sweep"), {
      ttlMs: 30_000,
      everyMs,
      work: (leading) => sweepLeases(database, clock() - keptTime, leading),
      signal,
      onError: (error) => log.warn({ err: error }, "expired leases could not be removed"),
    });
}
