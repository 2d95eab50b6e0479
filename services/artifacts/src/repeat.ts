import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";

/** What tells a repeat of a create from another request. */
interface Created {
  readonly id: Id;
  readonly requestHash: Buffer;
}

interface Creation<R extends Created> {
  readonly dialect: Dialect;
  /** The resource's type as metadata tells it: "pipeline". */
  readonly type: string;
  /** What it is to be. */
  readonly row: Created;
  readonly name: string;
  /** Inserts the row, in a transaction of its own; resolves with it as it was kept. */
  readonly insert: () => Promise<R>;
  /** The row that has the id now, if any. */
  readonly find: () => Promise<R | undefined>;
}

/**
 * Inserts first, and only then asks who was there: of any number of creators
 * one wins, and those with the same id and content get what it made. Fails
 * with ID_REUSED, or with NAME_TAKEN.
 */
export async function createOrRepeat<R extends Created>({ dialect, type, row, name, insert, find }: Creation<R>): Promise<R> {
  try {
    return await insert();
  } catch (cause) {
    if (dialect.explain(cause)?.kind !== "taken") throw cause;
    const held = await find();
    if (!held) throw nameTaken(type, name, cause);
    if (!held.requestHash.equals(row.requestHash)) throw idReused(type, row.id, cause);
    return held;
  }
}

/** Runs a change that may give something a name, in a transaction of its own. Fails with NAME_TAKEN. */
export async function naming<R>(dialect: Dialect, type: string, name: string | undefined, change: () => Promise<R>): Promise<R> {
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

export function nameTaken(type: string, name: string, cause?: unknown): SignalboxError {
  return new SignalboxError(Reason.NAME_TAKEN, `another ${type} is called "${name}"`, { metadata: { type, name }, cause });
}
