import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";

/** What a version of an artifact is looked for by: the latest, or a column and its value. */
export type Sought =
  | "latest"
  | { readonly column: "number"; readonly value: number }
  | { readonly column: "version"; readonly value: string };

/** Reads "3", "latest", or a name. No name is one of the others. */
export function soughtBy(version: string): Sought {
  if (version === "latest") return "latest";
  const number = /^\d+$/.test(version) ? Number(version) : Number.NaN;
  return Number.isSafeInteger(number) ? { column: "number", value: number } : { column: "version", value: version };
}

/** Fails with FIELD_INVALID for a version's name that could be taken for a number, "latest" or an id. */
export function checkVersionName(name: string, field: string): void {
  checkName(name, field);
  if (/^[+-]?\d+$/.test(name)) throw fieldInvalid(field, "is a whole number: that is what `number` is for");
  if (name.toLowerCase() === "latest") throw fieldInvalid(field, '"latest" stands for whichever version that is at the time');
}
