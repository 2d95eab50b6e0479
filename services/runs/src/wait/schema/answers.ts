import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { jsonFault } from "@signalbox/runtime/json-fault.ts";
import { checkSchema, type Fault, type Schema } from "./check.ts";
import type { JsonValue } from "./json.ts";
import { faultIn } from "./satisfy.ts";

/** What a schema may measure in UTF-8. */
const mostBytes = 65_536;

/** A schema as it was given. Fails with FIELD_INVALID where it cannot be applied. */
export function readSchema(text: string): Schema {
  if (Buffer.byteLength(text) > mostBytes) throw fieldInvalid("schema.text", `has more than ${mostBytes} bytes`, "json_schema.size");
  const checked = checkSchema(parsed(text, "schema"));
  if ("fault" in checked) throw invalid("schema", checked.fault);
  return checked.schema;
}

/** Fails with FIELD_INVALID, with the place in the answer and the keyword, where an answer does not satisfy a schema. Empty texts are none. */
export function checkAnswer(schema: string, answer: string): void {
  if (answer === "" && schema === "") return;
  if (answer === "") throw fieldInvalid("result", "is missing: the condition has a schema that the answer has to satisfy", "required");
  const value = parsed(answer, "result");
  if (schema === "") return;
  const fault = faultIn(readSchema(schema), value);
  if (fault) throw invalid("result", fault);
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
