import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { fieldInvalid, SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, toUuid } from "@signalbox/runtime/ids.ts";

/** Fails with FIELD_INVALID for a name that a reference could not tell from an id. */
export function checkName(name: string): void {
  if (name === "") throw fieldInvalid("name", "must not be empty");
  if (isUuid(name)) throw fieldInvalid("name", "must not have the form of an id");
}

export const nameTaken = (type: string, name: string, cause: unknown): SignalboxError =>
  new SignalboxError(Reason.NAME_TAKEN, `there is another ${type} named "${name}"`, { metadata: { type, name }, cause });

interface Created {
  readonly id: Id;
  readonly name: string;
  readonly ownerId: Id;
  readonly contentHash: Buffer;
}

/**
 * What a refused creation means: a repeat, which answers with what exists, or
 * ID_REUSED, or NAME_TAKEN. `existing` is what has the id.
 */
export function repeated<R extends Created>(type: string, row: Created, existing: R | undefined, cause: unknown): R {
  if (!existing) throw nameTaken(type, row.name, cause);
  if (existing.contentHash.equals(row.contentHash) && existing.ownerId.equals(row.ownerId)) return existing;
  throw new SignalboxError(Reason.ID_REUSED, `the id was used before to create another ${type}`, {
    metadata: { id: toUuid(row.id) },
    cause,
  });
}
