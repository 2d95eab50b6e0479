import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { notFound, SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import type { ConnectorRow, CredentialsTables, SecretRow } from "./tables.ts";

interface Resources {
  readonly credentials_secret: SecretRow;
  readonly credentials_connector: ConnectorRow;
}

/** A row by its id. */
export interface Which<T extends keyof Resources> {
  readonly table: T;
  readonly workspaceId: Id;
  readonly id: Id;
}

// One table at a time, whichever it is: the statements are the same, and only the facade is typed by table.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyTable = Kysely<any>;

export async function findRow<T extends keyof Resources>(
  db: Kysely<CredentialsTables>,
  { table, workspaceId, id }: Which<T>,
): Promise<Resources[T] | undefined> {
  const query = (db as AnyTable)
    .selectFrom(table as string)
    .selectAll()
    .where("workspaceId", "=", workspaceId)
    .where("id", "=", id);
  return (await query.executeTakeFirst()) as Resources[T] | undefined;
}

/** The row as it is. Fails with NOT_FOUND. */
export async function readRow<T extends keyof Resources>(db: Kysely<CredentialsTables>, which: Which<T>): Promise<Resources[T]> {
  const row = await findRow(db, which);
  if (!row) throw notFound(which.table.slice("credentials_".length), toUuid(which.id));
  return row;
}

/** The row changed between the look at it and the change of it. */
const moved = Symbol("moved");

/**
 * Writes a change of a row that was read in the same transaction: then nobody
 * changes it, or what belongs to it, until the transaction ends. Where another
 * one came first, {@link again} starts over.
 */
export async function writeRow<T extends keyof Resources>(
  trx: Kysely<CredentialsTables>,
  { table, workspaceId, id }: Which<T>,
  before: Resources[T],
  patch: Partial<Resources[T]>,
): Promise<Resources[T]> {
  const change = { ...patch, revision: before.revision + 1 };
  const update = (trx as AnyTable)
    .updateTable(table as string)
    .set(change)
    .where("workspaceId", "=", workspaceId)
    .where("id", "=", id);
  const { numUpdatedRows } = await update.where("revision", "=", before.revision).executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw moved;
  return { ...before, ...change };
}

/** Deletes a row that was read in the same transaction, as {@link writeRow} does. */
export async function removeRow<T extends keyof Resources>(
  trx: Kysely<CredentialsTables>,
  { table, workspaceId, id }: Which<T>,
  { revision }: Resources[T],
): Promise<void> {
  const query = (trx as AnyTable)
    .deleteFrom(table as string)
    .where("workspaceId", "=", workspaceId)
    .where("id", "=", id);
  const { numDeletedRows } = await query.where("revision", "=", revision).executeTakeFirstOrThrow();
  if (numDeletedRows === 0n) throw moved;
}

const attempts = 20;

/** Runs a transaction that reads a row and then changes it, again where another changed the row in between. */
export async function again<R>(change: () => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await change();
    } catch (error) {
      if (error !== moved) throw error;
      if (attempt === attempts) throw new SignalboxError(Reason.UNAVAILABLE, "too many change this at once", { retryAfterMs: 1000 });
    }
  }
}

/** What of a patch differs from the row. */
export function differing<R extends object>(row: R, patch: Partial<R>): Partial<R> {
  return Object.fromEntries(Object.entries(patch).filter(([column, value]) => row[column as keyof R] !== value)) as Partial<R>;
}
