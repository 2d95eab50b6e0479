import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ExceptionSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";

const maxType = 255;
const maxMessageBytes = 16_384;
const maxTracebackBytes = 65_536;

/** What was thrown, cut to what the contract takes. The stack has the causes below it. */
export function toException(thrown: unknown): MessageInitShape<typeof ExceptionSchema> {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: cut(String(thrown), maxMessageBytes) };
  return {
    type: (thrown.name || thrown.constructor.name).slice(0, maxType),
    message: cut(thrown.message, maxMessageBytes),
    traceback: cut(tracebackOf(thrown), maxTracebackBytes),
  };
}

function tracebackOf(error: Error): string {
  const texts: string[] = [];
  for (let at: unknown = error; at instanceof Error && texts.length < 10; at = at.cause) texts.push(at.stack ?? String(at));
  return texts.join("\ncaused by: ");
}

/** At most so many bytes of UTF-8, without what no text of the contract may have: U+0000 and halves of characters. */
function cut(text: string, maxBytes: number): string {
  const clean = text.toWellFormed().replaceAll("\0", "\uFFFD");
  if (Buffer.byteLength(clean) <= maxBytes) return clean;
  return new TextDecoder().decode(Buffer.from(clean).subarray(0, maxBytes - 3)).replace(/\uFFFD$/, "");
}
