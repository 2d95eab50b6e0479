import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "../errors.ts";
import { type Id, toUuid } from "../ids.ts";
import type { Dialect } from "../store/dialect/dialect.ts";
import { nameTaken } from "./names.ts";

/** What tells a repeat of a create from another request. */
export interface Created {
  readonly id: Id;
  readonly contentHash: Buffer;
}

export interface Creation<R extends Created> {
  readonly dialect: Pick<Dialect, "explain">;
  /** The resource's type as metadata tells it: "pipeline". */
  readonly type: string;
  /** What it is to be. */
  readonly row: Created;
  readonly name: string;
  /** Inserts the row, in a transaction of its own; resolves with it as it was kept. */
  readonly insert: () => Promise<R>;
  /** The row that has the id now, if any. */
  readonly find: () => Promise<R | undefined>;
  /** Whether that was created by the same request; by the content hash unless told. */
  readonly same?: (held: R) => boolean;
}

/**
 * Inserts first, and only then asks who was there: of any number of creators
 * one wins, and those with the same id and content get what it made. Fails
 * with ID_REUSED, or with NAME_TAKEN.
 */
export async function createOnce<R extends Created>({ dialect, type, row, name, insert, find, same }: Creation<R>): Promise<R> {
  try {
    return await insert();
  } catch (cause) {
    if (dialect.explain(cause)?.kind !== "taken") throw cause;
    const held = await find();
    if (!held) throw nameTaken(type, name, cause);
    if (!same) return sameOrFail(type, held, row, cause);
    if (same(held)) return held;
    throw idReused(type, row.id, cause);
  }
}

/** What exists, if it was created by the same request. Fails with ID_REUSED. */
export function sameOrFail<R extends Created>(type: string, held: R, asked: Created, cause?: unknown): R {
  if (held.contentHash.equals(asked.contentHash)) return held;
  throw idReused(type, asked.id, cause);
}

/** Runs a change that may give something a name, in a transaction of its own. Fails with NAME_TAKEN. */
export async function naming<R>(
  dialect: Pick<Dialect, "explain">,
  type: string,
  name: string | undefined,
  change: () => Promise<R>,
): Promise<R> {
  try {
    return await change();
  } catch (cause) {
    if (name === undefined || dialect.explain(cause)?.kind !== "taken") throw cause;
    throw nameTaken(type, name, cause);
  }
}

export function idReused(type: string, id: Id, cause?: unknown): SignalboxError {
  return new SignalboxError(Reason.ID_REUSED, `a ${type} with other content was created with the id ${toUuid(id)}`, {
    metadata: { type, id: toUuid(id) },
    cause,
  });
}
