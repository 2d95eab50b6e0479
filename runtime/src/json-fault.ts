/** What is wrong with a text that is not JSON. Shows nothing of the text, which may hold secrets, beyond one character. */
export function jsonFault(error: unknown): string {
  // V8 ends some of its messages with what it read: `Unexpected token 'x', "{"a": x" is not valid JSON`.
  return error instanceof Error ? error.message.replace(/, (\.\.\.)?".*$/s, "") : "it cannot be read";
}

/** How a JSON value does not fit its message: where, and what was expected. Names what is unknown, and shows no value. */
export function misfit(error: unknown): string {
  if (!(error instanceof Error)) return "it does not fit";
  return error.message.replace(/(got |from JSON:? )(?:"|-?\d).*$/s, "$1another value");
}
