import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import { checkEtag } from "@signalbox/runtime/rpc/patch.ts";
import { type Kysely, sql } from "kysely";
import type { ResourceRow } from "./resource-row.ts";
import type { RegistryTables } from "./tables.ts";

/** The tables whose rows change by request. */
type Changeable = { [T in keyof RegistryTables]: RegistryTables[T] extends ResourceRow ? T : never }[keyof RegistryTables];

/** A row by its id; `type` is what NOT_FOUND calls it. */
export interface Which<T extends Changeable> {
  readonly table: T;
  readonly type: string;
  readonly workspaceId: Id;
  readonly id: Id;
}

/** How a row is to change. */
export interface Change<R> {
  readonly patch: Partial<R>;
  /** Whether something that belongs to the row changes in another table. */
  readonly more?: boolean | undefined;
  /** The etag that was read; empty for any. */
  readonly etag: string;
  readonly now: number;
}

// One table at a time, whichever it is: the statements are the same, and only the facade is typed by table.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyTable = Kysely<any>;

/** The row as it is. Fails with NOT_FOUND. */
export async function readRow<T extends Changeable>(db: Kysely<RegistryTables>, which: Which<T>): Promise<RegistryTables[T]> {
  const row = await findRow(db, which);
  if (!row) throw notFound(which.type, toUuid(which.id));
  return row;
}

export async function findRow<T extends Changeable>(
  db: Kysely<RegistryTables>,
  { table, workspaceId, id }: Which<T>,
): Promise<RegistryTables[T] | undefined> {
  const query = (db as AnyTable).selectFrom(table as string).selectAll();
  return (await query.where("workspaceId", "=", workspaceId).where("id", "=", id).executeTakeFirst()) as RegistryTables[T] | undefined;
}

/**
 * Changes a row, field by field: with an etag only if nobody changed it since,
 * without one whatever it is. What is as asked already is left alone, whatever
 * the etag, so that a repeat succeeds. Fails with NOT_FOUND or ETAG_MISMATCH.
 */
export async function changeRow<T extends Changeable>(
  trx: Kysely<RegistryTables>,
  which: Which<T>,
  { patch, more = false, etag, now }: Change<RegistryTables[T]>,
): Promise<{ readonly row: RegistryTables[T]; readonly changed: boolean }> {
  const before = await readRow(trx, which);
  const fields = Object.entries(patch).filter(([column, value]) => !same(before[column as keyof ResourceRow], value));
  if (fields.length === 0 && !more) return { row: before, changed: false };
  checkEtag(etag, before.revision);
  const change = { ...Object.fromEntries(fields), updateTime: now, revision: sql`revision + 1` };
  const update = (trx as AnyTable).updateTable(which.table as string).set(change);
  const here = update.where("workspaceId", "=", which.workspaceId).where("id", "=", which.id);
  const { numUpdatedRows } = await (etag === "" ? here : here.where("revision", "=", before.revision)).executeTakeFirstOrThrow();
  const row = await readRow(trx, which);
  if (numUpdatedRows === 0n) checkEtag(etag, row.revision);
  return { row, changed: true };
}

/** Deletes a row unless it changed since the etag was read. Fails with NOT_FOUND or ETAG_MISMATCH. */
export async function deleteRow<T extends Changeable>(trx: Kysely<RegistryTables>, which: Which<T>, etag: string): Promise<void> {
  const { revision } = await readRow(trx, which);
  checkEtag(etag, revision);
  const query = (trx as AnyTable)
    .deleteFrom(which.table as string)
    .where("workspaceId", "=", which.workspaceId)
    .where("id", "=", which.id);
  const { numDeletedRows } = await (etag === "" ? query : query.where("revision", "=", revision)).executeTakeFirstOrThrow();
  if (numDeletedRows > 0n) return;
  const { revision: current } = await readRow(trx, which);
  checkEtag(etag, current);
}

const same = (a: unknown, b: unknown): boolean => (Buffer.isBuffer(a) && Buffer.isBuffer(b) ? a.equals(b) : a === b);
