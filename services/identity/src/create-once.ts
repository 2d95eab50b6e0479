import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";

interface Created {
  readonly id: Buffer;
  readonly contentHash: Buffer;
}

/**
 * Runs an insert; where its id or name is taken, looks who has them. A repeat
 * gets what exists, marked as such. Fails with ID_REUSED or NAME_TAKEN.
 */
export async function createOnce<R extends Created>(
  dialect: Dialect,
  { type, name, row }: { readonly type: string; readonly name: string; readonly row: R },
  insert: () => Promise<void>,
  find: () => Promise<R | undefined>,
): Promise<{ readonly row: R; readonly repeated: boolean }> {
  try {
    await insert();
    return { row, repeated: false };
  } catch (error) {
    if (dialect.explain(error)?.kind !== "taken") throw error;
    const found = await find();
    if (found) return { row: sameOrFail(type, found, row), repeated: true };
    throw nameTaken(type, name, error);
  }
}

export function nameTaken(type: string, name: string, cause: unknown): SignalboxError {
  return new SignalboxError(Reason.NAME_TAKEN, `another ${type} is called "${name}"`, { metadata: { type, name }, cause });
}

/** What exists, if it was created by the same request. Fails with ID_REUSED. */
export function sameOrFail<R extends Created>(type: string, found: R, asked: Created): R {
  if (found.contentHash.equals(asked.contentHash)) return found;
  const id = toUuid(found.id);
  throw new SignalboxError(Reason.ID_REUSED, `the id ${id} was used to create another ${type}`, { metadata: { type, id } });
}
