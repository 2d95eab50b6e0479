import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";

interface Creation<R> {
  readonly dialect: Dialect;
  /** The resource's type as metadata tells it: "secret". */
  readonly type: string;
  readonly id: Id;
  readonly name: string;
  /** Inserts, in a transaction of its own. */
  readonly insert: () => Promise<R>;
  /** What has the id now, if anything. */
  readonly find: () => Promise<R | undefined>;
  /** Whether that was created by the same request. */
  readonly same: (held: R) => boolean;
}

/**
 * Inserts first, and only then asks who was there: of any number of creators
 * one wins, and those with the same id and content get what it made. Fails
 * with ID_REUSED or NAME_TAKEN.
 */
export async function createOrRepeat<R>({ dialect, type, id, name, insert, find, same }: Creation<R>): Promise<R> {
  try {
    return await insert();
  } catch (cause) {
    if (dialect.explain(cause)?.kind !== "taken") throw cause;
    const held = await find();
    if (!held) throw nameTaken(type, name, cause);
    if (same(held)) return held;
    throw new SignalboxError(Reason.ID_REUSED, `a ${type} with other content was created with the id ${toUuid(id)}`, {
      metadata: { type, id: toUuid(id) },
    });
  }
}

function nameTaken(type: string, name: string, cause?: unknown): SignalboxError {
  return new SignalboxError(Reason.NAME_TAKEN, `another ${type} is called "${name}"`, { metadata: { type, name }, cause });
}

/** Runs a change; where it finds its new name taken, it fails with NAME_TAKEN. */
export async function naming<R>(dialect: Dialect, type: string, name: string | undefined, change: () => Promise<R>): Promise<R> {
  try {
    return await change();
  } catch (cause) {
    if (name === undefined || dialect.explain(cause)?.kind !== "taken") throw cause;
    throw nameTaken(type, name, cause);
  }
}
