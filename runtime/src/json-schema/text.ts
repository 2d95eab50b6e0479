import { fieldInvalid } from "../errors.ts";
import { jsonFault } from "../json-fault.ts";
import { checkSchema, type Fault, type Schema } from "./check.ts";
import type { JsonValue } from "./json.ts";
import { faultIn } from "./satisfy.ts";

/** What a schema may measure in UTF-8. */
const mostBytes = 65_536;

/** A schema as it was given in a field of a request. Fails with FIELD_INVALID where it cannot be applied. */
export function readSchema(text: string, field: string): Schema {
  if (Buffer.byteLength(text) > mostBytes) throw fieldInvalid(`${field}.text`, `has more than ${mostBytes} bytes`, "json_schema.size");
  const checked = checkSchema(parsed(text, field));
  if ("fault" in checked) throw invalid(field, checked.fault);
  return checked.schema;
}

/** Fails with FIELD_INVALID, with the place and the keyword, where the text of a field does not satisfy a schema that was read before. */
export function checkText(schema: string, text: string, field: string): void {
  const fault = faultIn(readSchema(schema, "schema"), parsed(text, field));
  if (fault) throw invalid(field, fault);
}

function invalid(field: string, { pointer, rule, message }: Fault) {
  return fieldInvalid(`${field}.text`, `${pointer === "" ? "the whole" : `at ${pointer}, it`} ${message}`, `json_schema.${rule}`);
}

function parsed(text: string, field: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw fieldInvalid(`${field}.text`, `is not JSON: ${jsonFault(cause)}`, "json");
  }
}
