import type { Json, Value } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { fieldInvalid } from "../errors.ts";
import { jsonFault } from "../json-fault.ts";

/** The text of a JSON document as it was given, empty for none. Fails with FIELD_INVALID where it is not JSON. */
export function jsonText(json: Pick<Json, "text"> | undefined, field: string): string {
  if (!json) return "";
  try {
    JSON.parse(json.text);
  } catch (cause) {
    throw fieldInvalid(`${field}.text`, `is not JSON: ${jsonFault(cause)}`, "json");
  }
  return json.text;
}

/** The document as messages have it. */
export const jsonOf = (text: string): { text: string } | undefined => (text === "" ? undefined : { text });

/** Fails with FIELD_INVALID where one of these values is a JSON document that cannot be read. */
export function checkValues(values: Readonly<Record<string, Value>>, field: string): void {
  for (const [key, { kind }] of Object.entries(values)) if (kind.case === "json") jsonText(kind.value, `${field}["${key}"].json`);
}
