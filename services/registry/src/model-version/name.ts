import { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, toId } from "@signalbox/runtime/ids.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";

/** The stages by the words that a version is found by. */
const stages: Readonly<Record<string, ModelStage>> = {
  staging: ModelStage.STAGING,
  production: ModelStage.PRODUCTION,
  archived: ModelStage.ARCHIVED,
};

/** What a version of a model is looked for by: the latest, an alias, or a column and its value. */
export type Sought =
  | "latest"
  | { readonly alias: string }
  | { readonly column: "id"; readonly value: Id }
  | { readonly column: "number"; readonly value: number }
  | { readonly column: "stage"; readonly value: ModelStage }
  | { readonly column: "called"; readonly value: string };

/** Reads "3", "latest", a stage in lower case, "@" and an alias, an id, or a name. No name is one of the others. */
export function soughtBy(version: string): Sought {
  if (version === "latest") return "latest";
  if (version.startsWith("@")) return { alias: version.slice(1) };
  if (isUuid(version)) return { column: "id", value: toId(version) };
  if (/^\d+$/.test(version) && Number.isSafeInteger(Number(version))) return { column: "number", value: Number(version) };
  const stage = Object.hasOwn(stages, version) ? stages[version] : undefined;
  return stage === undefined ? { column: "called", value: version } : { column: "stage", value: stage };
}

/** Whether a word is a number, or stands for whichever version it is at the time. */
export const standsForAny = (word: string): boolean =>
  /^[+-]?\d+$/.test(word) || word.toLowerCase() === "latest" || Object.hasOwn(stages, word.toLowerCase());

/** Fails with FIELD_INVALID for a name that could be taken for a number, a stage, an alias, "latest" or an id; empty stands for none. */
export function checkVersionName(name: string): void {
  if (name === "") return;
  checkName(name);
  if (name.startsWith("@")) throw fieldInvalid("name", 'begins with "@", as an alias does that is looked for');
  if (/^[+-]?\d+$/.test(name)) throw fieldInvalid("name", "is a whole number; those are given by the server");
  if (standsForAny(name)) throw fieldInvalid("name", `"${name.toLowerCase()}" stands for whichever version that is at the time`);
}
