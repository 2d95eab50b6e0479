import { type Kysely, sql } from "kysely";
import type { Micros } from "../clock.ts";
import { notFound } from "../errors.ts";
import { type Id, toUuid } from "../ids.ts";
import { checkEtag } from "../rpc/patch.ts";

/** What a row has that changes by request. */
interface Changing {
  readonly id: Id;
  readonly revision: number;
  readonly updateTime: Micros;
}

/** The tables whose rows change by request. */
export type Changeable<Tables> = { [T in keyof Tables]: Tables[T] extends Changing ? T : never }[keyof Tables];

/** A row by its key; `type` is what NOT_FOUND calls it. */
export interface Which<T> {
  readonly table: T;
  readonly type: string;
  /** Absent in the control plane, whose rows have none. */
  readonly workspaceId?: Id;
  readonly id: Id;
}

/** How a row is to change. */
export interface Change<R> {
  readonly patch: Partial<R> | ((before: R) => Partial<R>);
  /** Whether something that belongs to the row changes in another table. */
  readonly more?: boolean | undefined;
  /** The etag that was read; empty for any. */
  readonly etag: string;
  readonly now: Micros;
}

// One table at a time, whichever it is: the statements are the same, and only the facade is typed by table.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyTable = Kysely<any>;

/** The conditions that choose a row. */
export const keyOf = ({ workspaceId, id }: Omit<Which<unknown>, "table" | "type">) => ({ ...(workspaceId && { workspaceId }), id });

export async function findRow<Tables, T extends Changeable<Tables>>(db: Kysely<Tables>, which: Which<T>): Promise<Tables[T] | undefined> {
  const query = (db as AnyTable).selectFrom(which.table as string).selectAll();
  return (await query.where((row) => row.and(keyOf(which))).executeTakeFirst()) as Tables[T] | undefined;
}

/** The row as it is. Fails with NOT_FOUND. */
export async function readRow<Tables, T extends Changeable<Tables>>(db: Kysely<Tables>, which: Which<T>): Promise<Tables[T]> {
  const row = await findRow(db, which);
  if (!row) throw notFound(which.type, toUuid(which.id));
  return row;
}

/**
 * Changes a row, field by field: with an etag only if nobody changed it since,
 * without one whatever it is. What is as asked already is left alone, whatever
 * the etag, so that a repeat succeeds. Fails with NOT_FOUND or ETAG_MISMATCH.
 */
export async function changeRow<Tables, T extends Changeable<Tables>>(
  trx: Kysely<Tables>,
  which: Which<T>,
  { patch, more = false, etag, now }: Change<Tables[T]>,
): Promise<{ readonly row: Tables[T]; readonly before: Tables[T]; readonly changed: boolean }> {
  const before = await readRow(trx, which);
  const fields = differing(before as object, typeof patch === "function" ? patch(before) : patch);
  if (Object.keys(fields).length === 0 && !more) return { row: before, before, changed: false };
  const { revision } = before as Changing;
  checkEtag(etag, revision);
  const update = (trx as AnyTable)
    .updateTable(which.table as string)
    .set({ ...fields, updateTime: now, revision: sql`revision + 1` })
    .where((row) => row.and({ ...keyOf(which), ...(etag !== "" && { revision }) }));
  const { numUpdatedRows } = await update.executeTakeFirstOrThrow();
  const row = await readRow(trx, which);
  if (numUpdatedRows === 0n) checkEtag(etag, (row as Changing).revision);
  return { row, before, changed: true };
}

/** Deletes a row unless it changed since the etag was read; resolves with what it was. Fails with NOT_FOUND or ETAG_MISMATCH. */
export async function deleteRow<Tables, T extends Changeable<Tables>>(
  trx: Kysely<Tables>,
  which: Which<T>,
  etag: string,
): Promise<Tables[T]> {
  const row = await readRow(trx, which);
  const { revision } = row as Changing;
  checkEtag(etag, revision);
  const query = (trx as AnyTable)
    .deleteFrom(which.table as string)
    .where((row) => row.and({ ...keyOf(which), ...(etag !== "" && { revision }) }));
  const { numDeletedRows } = await query.executeTakeFirstOrThrow();
  if (numDeletedRows === 0n) checkEtag(etag, ((await readRow(trx, which)) as Changing).revision);
  return row;
}

/** What of a patch differs from the row. */
export function differing<R extends object, P extends object>(row: R, patch: P): P {
  return Object.fromEntries(Object.entries(patch).filter(([column, value]) => !same(row[column as keyof R], value))) as P;
}

const same = (a: unknown, b: unknown): boolean => (Buffer.isBuffer(a) && Buffer.isBuffer(b) ? a.equals(b) : a === b);
