import type { Failure } from "./failure.ts";
import type { Paint } from "./output/color.ts";
import { printable } from "./output/width.ts";
import type { Output } from "./terminal.ts";

/** Tells a failure: in words, or as one JSON object for programs. */
export function reportFailure(failure: Failure, stderr: Output, paint: Paint, json: boolean): void {
  const { reason, message, hints, violations, metadata, exitCode } = failure;
  if (json) {
    stderr.write(`${JSON.stringify({ error: { reason, message, hints, violations, metadata, exitCode } })}\n`);
    return;
  }
  stderr.write(`${paint("bad", "error:")} ${printable(message)}\n`);
  for (const { field, description } of violations) {
    // Most messages say what was wrong in the same words.
    if (!message.includes(description)) stderr.write(`       ${printable(`${field}: ${description}`)}\n`);
  }
  for (const hint of hints) stderr.write(`${paint("busy", "hint:")}  ${printable(hint)}\n`);
}
