import type { KeyEncryption } from "@signalbox/runtime/crypto/envelope.ts";
import { keyIdOf } from "@signalbox/runtime/crypto/seal.ts";
import type { Log } from "@signalbox/runtime/host/log.ts";
import type { Duty } from "@signalbox/runtime/host/part.ts";
import { type Id, noId } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { whileLeader } from "@signalbox/runtime/store/leader.ts";
import { lease } from "@signalbox/runtime/store/lease.ts";
import type { CredentialsTables, DataKeyRow } from "../tables.ts";
import { dataKeyBinding } from "./bindings.ts";

export interface Rewrapping {
  readonly database: Database<CredentialsTables>;
  readonly encryption: KeyEncryption;
  /** The id of the key-encryption key that new data keys are wrapped under. */
  readonly current: string;
}

const portion = 100;
const everyMs = 600_000;

/**
 * Wraps the data keys that lie under an older key-encryption key again, under
 * the current one. Values stay as they are: they lie under the data keys.
 * `onError` hears of each that could not be opened, and the others go on.
 * Resolves with how many were rewrapped.
 */
export async function rewrapAll(
  { database, encryption, current }: Rewrapping,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<number> {
  let count = 0;
  for (let after: Pick<DataKeyRow, "workspaceId" | "number"> = { workspaceId: noId, number: 0 }; !signal.aborted; ) {
    const rows = await outdated(database, current, after.workspaceId, after.number);
    for (const row of rows) {
      try {
        count += await rewrap({ database, encryption, current }, row);
      } catch (error) {
        onError(error);
      }
    }
    const last = rows.at(-1);
    if (!last || rows.length < portion) break;
    after = last;
  }
  return count;
}

function outdated({ db }: Database<CredentialsTables>, current: string, workspaceId: Id, number: number): Promise<DataKeyRow[]> {
  return db
    .selectFrom("credentials_data_key")
    .selectAll()
    .where("wrappedBy", "!=", current)
    .where((row) =>
      row.or([row("workspaceId", ">", workspaceId), row.and([row("workspaceId", "=", workspaceId), row("number", ">", number)])]),
    )
    .orderBy("workspaceId")
    .orderBy("number")
    .limit(portion)
    .execute();
}

async function rewrap(
  { database: { db }, encryption }: Rewrapping,
  { workspaceId, number, wrapped, wrappedBy }: DataKeyRow,
): Promise<number> {
  const binding = dataKeyBinding(workspaceId, number);
  const again = await encryption.wrapKey(await encryption.unwrapKey(wrapped, binding), binding);
  const { numUpdatedRows } = await db
    .updateTable("credentials_data_key")
    .set({ wrapped: again, wrappedBy: keyIdOf(again) })
    .where("workspaceId", "=", workspaceId)
    .where("number", "=", number)
    .where("wrappedBy", "=", wrappedBy)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** Rewraps from time to time, in one replica. */
export function rewrapDuty(rewrapping: Rewrapping, log: Log): Duty {
  const onError = (error: unknown) => log.warn({ err: error }, "a data key could not be rewrapped");
  return (signal) =>
    whileLeader(lease(rewrapping.database as unknown as Database<never>, "credentials", "rewrap"), {
      ttlMs: 30_000,
      everyMs,
      work: (leading) => rewrapAll(rewrapping, leading, onError),
      signal,
      onError,
    });
}
