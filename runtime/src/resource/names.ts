import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { fieldInvalid, SignalboxError } from "../errors.ts";
import { isUuid } from "../ids.ts";

/** Fails with FIELD_INVALID for a name that is empty, or could be taken for an id: a reference is either. */
export function checkName(name: string, field = "name"): void {
  if (name === "") throw fieldInvalid(field, "must not be empty");
  if (isUuid(name)) throw fieldInvalid(field, "looks like an id; a name may not be a UUID");
}

/** `type` is the resource's type as metadata tells it: "pipeline". */
export function nameTaken(type: string, name: string, cause?: unknown): SignalboxError {
  return new SignalboxError(Reason.NAME_TAKEN, `another ${type.replaceAll("_", " ")} is called "${name}"`, {
    metadata: { type, name },
    cause,
  });
}
