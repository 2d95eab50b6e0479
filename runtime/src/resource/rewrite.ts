import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Kysely } from "kysely";
import { SignalboxError } from "../errors.ts";
import { checkEtag } from "../rpc/patch.ts";
import { type Changeable, differing, keyOf, type Which } from "./change.ts";

/** The row changed between the look at it and the change of it. */
const moved = Symbol("moved");

// biome-ignore lint/suspicious/noExplicitAny: one table at a time, whichever it is
type AnyTable = Kysely<any>;

/**
 * Writes a change of a row that was read in the same transaction: then nobody
 * changes it, or what belongs to it, until the transaction ends. Where another
 * one came first, {@link again} starts over.
 */
export async function writeRow<Tables, T extends Changeable<Tables>>(
  trx: Kysely<Tables>,
  which: Which<T>,
  before: Tables[T] & { readonly revision: number },
  patch: Partial<Tables[T]>,
): Promise<Tables[T]> {
  const { revision } = before;
  const change = { ...patch, revision: revision + 1 };
  const update = (trx as AnyTable).updateTable(which.table as string).set(change);
  const { numUpdatedRows } = await update.where((row) => row.and({ ...keyOf(which), revision })).executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw moved;
  return { ...before, ...change };
}

/** Deletes a row that was read in the same transaction, as {@link writeRow} does. */
export async function removeRow<Tables, T extends Changeable<Tables>>(
  trx: Kysely<Tables>,
  which: Which<T>,
  { revision }: { readonly revision: number },
): Promise<void> {
  const query = (trx as AnyTable).deleteFrom(which.table as string).where((row) => row.and({ ...keyOf(which), revision }));
  const { numDeletedRows } = await query.executeTakeFirstOrThrow();
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

export interface Rewriting<R extends { readonly revision: number }, P> {
  readonly read: () => Promise<R>;
  /** The fields to set, by column. */
  readonly patch: P;
  /** The etag that was read; empty for any. */
  readonly etag: string;
  /** Writes what differs, with {@link writeRow}, in a transaction of its own. */
  readonly write: (before: R, fields: P) => Promise<R>;
}

/**
 * Changes a row field by field, and begins a transaction only where something
 * changes: a repeat, which succeeds whatever its etag, leaves no record. Without
 * an etag the last writer wins. Fails with ETAG_MISMATCH.
 */
export function rewrite<R extends { readonly revision: number }, P extends Partial<R>>(rewriting: Rewriting<R, P>): Promise<R> {
  const { read, patch, etag, write } = rewriting;
  return again(async () => {
    const before = await read();
    const fields = differing(before, patch);
    if (Object.keys(fields).length === 0) return before;
    checkEtag(etag, before.revision);
    return write(before, fields);
  });
}
