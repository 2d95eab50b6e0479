import { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";

/** The stages by the words that a version is found by. */
const stages: Readonly<Record<string, ModelStage>> = {
  staging: ModelStage.STAGING,
  production: ModelStage.PRODUCTION,
  archived: ModelStage.ARCHIVED,
};

/** What a version of a model is looked for by: the latest, or a column and its value. */
export type Sought =
  | "latest"
  | { readonly column: "number"; readonly value: number }
  | { readonly column: "stage"; readonly value: ModelStage }
  | { readonly column: "called"; readonly value: string };

/** Reads "3", "latest", a stage in lower case, or a name. No name is one of the others. */
export function soughtBy(version: string): Sought {
  if (version === "latest") return "latest";
  if (/^\d+$/.test(version) && Number.isSafeInteger(Number(version))) return { column: "number", value: Number(version) };
  const stage = Object.hasOwn(stages, version) ? stages[version] : undefined;
  return stage === undefined ? { column: "called", value: version } : { column: "stage", value: stage };
}

/** Fails with FIELD_INVALID for a name that could be taken for a number, a stage, "latest" or an id. */
export function checkVersionName(name: string): void {
  checkName(name);
  if (/^[+-]?\d+$/.test(name)) throw fieldInvalid("name", "is a whole number; those are given by the server");
  const word = name.toLowerCase();
  if (word === "latest" || Object.hasOwn(stages, word))
    throw fieldInvalid("name", `"${word}" stands for whichever version that is at the time`);
}
