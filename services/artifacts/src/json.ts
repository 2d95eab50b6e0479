import type { Json } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";

/** The text of a JSON document as it was given, empty for none. Fails with FIELD_INVALID where it is not JSON. */
export function jsonText(json: Pick<Json, "text"> | undefined, field: string): string {
  if (!json) return "";
  try {
    JSON.parse(json.text);
  } catch (cause) {
    throw fieldInvalid(
      `${field}.text`,
      `is not JSON: ${cause instanceof Error ? cause.message.slice(0, 120) : "it cannot be read"}`,
      "json",
    );
  }
  return json.text;
}
