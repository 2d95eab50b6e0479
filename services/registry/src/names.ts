import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { isUuid } from "@signalbox/runtime/ids.ts";

/** Fails with FIELD_INVALID for a name that is empty, or could be taken for an id: a reference is either. */
export function checkName(name: string, field = "name"): void {
  if (name === "") throw fieldInvalid(field, "may not be empty");
  if (isUuid(name)) throw fieldInvalid(field, "looks like an id; a name may not be a UUID");
}
