import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { checkText } from "@signalbox/runtime/json-schema/text.ts";

/** Fails with FIELD_INVALID, with the place in the answer and the keyword, where an answer does not satisfy a schema. Empty texts are none. */
export function checkAnswer(schema: string, answer: string): void {
  if (answer === "" && schema === "") return;
  if (answer === "") throw fieldInvalid("result", "is missing: the condition has a schema that the answer has to satisfy", "required");
  checkText(schema || "true", answer, "result");
}
