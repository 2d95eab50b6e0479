import type { Kysely, Transaction } from "kysely";
import { keptDays } from "../events/retention.ts";
import type { Duty } from "../host/part.ts";
import type { Id } from "../ids.ts";
import type { Database } from "../store/database.ts";
import { whileLeader } from "../store/leader.ts";
import { lease } from "../store/lease.ts";

/** Longer than any transaction that saw the project alive: what slipped in until then is found. In microseconds. */
export const graceMicros = 10 * 60 * 1e6;

/** Longer than the event of a deletion can be delivered again. In microseconds. */
export const keptMicros = (keptDays + 1) * 24 * 3600 * 1e6;

/** Drops some of what lies in a project, in a transaction; whether there may be more. */
export type PurgeStep<Tables> = (trx: Transaction<Tables>, workspaceId: Id, projectId: Id) => Promise<boolean>;

/** Takes each step until nothing is left of it. Each time is a short transaction of its own, so it may stop anywhere and go on later. */
export async function purgeProject<Tables>(
  { transact }: Pick<Database<Tables>, "transact">,
  steps: readonly PurgeStep<Tables>[],
  { workspaceId, projectId }: { readonly workspaceId: Id; readonly projectId: Id },
  signal: AbortSignal,
): Promise<void> {
  for (const step of steps) {
    while (!signal.aborted && (await transact((trx) => step(trx, workspaceId, projectId))));
  }
}

/** The ids of some of a table's rows that lie in a project. */
// biome-ignore lint/suspicious/noExplicitAny: any table that has a workspace, a project and an id
export async function someOf(trx: Kysely<any>, table: string, workspaceId: Id, projectId: Id): Promise<Id[]> {
  const query = trx.selectFrom(table).select("id").where("workspaceId", "=", workspaceId).where("projectId", "=", projectId);
  return ((await query.limit(200).execute()) as { readonly id: Id }[]).map(({ id }) => id);
}

/** Looks at every project that is being deleted, every few seconds and on one replica at a time, for as long as the signal lets it. */
export function purging<Tables>(
  database: Database<Tables>,
  service: string,
  work: (leading: AbortSignal) => Promise<void>,
  onError: (error: unknown) => void,
): Duty {
  const held = lease(database as unknown as Database<never>, service, "purge");
  return (signal) => whileLeader(held, { ttlMs: 15_000, everyMs: 5000, work, signal, onError });
}
