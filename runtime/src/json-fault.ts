import type { DescEnum, DescMessage } from "@bufbuild/protobuf";

/** What is wrong with a text that is not JSON. Shows nothing of the text, which may hold secrets, beyond one character. */
export function jsonFault(error: unknown): string {
  // V8 ends some of its messages with what it read: `Unexpected token 'x', "{"a": x" is not valid JSON`.
  return error instanceof Error ? error.message.replace(/, (\.\.\.)?".*$/s, "") : "it cannot be read";
}

/** How a JSON value does not fit its message: where, and what was expected. Names what is unknown, and shows no value. */
export function misfit(error: unknown, message: DescMessage): string {
  if (!(error instanceof Error)) return "it does not fit";
  const text = error.message.replace(/(got |from JSON:? )(?:"|-?\d).*$/s, "$1another value");
  const [, name] = /^cannot decode enum (\S+)/.exec(text) ?? [];
  const values = name === undefined ? undefined : enumIn(message, name, new Set())?.values;
  return values ? `${text}, not one of ${values.flatMap(({ number, name: value }) => (number === 0 ? [] : value)).join(", ")}` : text;
}

/** The enum of that name, where the message or one inside it has a field of it. */
function enumIn(message: DescMessage, name: string, seen: Set<DescMessage>): DescEnum | undefined {
  seen.add(message);
  for (const field of message.fields) {
    if (field.enum?.typeName === name) return field.enum;
    const found = field.message && !seen.has(field.message) && enumIn(field.message, name, seen);
    if (found) return found;
  }
  return undefined;
}
