import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ExceptionSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";

const maxType = 255;
const maxMessageBytes = 16_384;
const maxTracebackBytes = 65_535;
const linesAround = 4;

/** What was thrown, cut to what the contract takes. The stack has the causes below it. */
export function toException(thrown: unknown): MessageInitShape<typeof ExceptionSchema> {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: cut(String(thrown), maxMessageBytes) };
  return {
    type: (thrown.name || thrown.constructor.name).slice(0, maxType),
    message: cut(thrown.message, maxMessageBytes),
    traceback: cut(tracebackOf(thrown), maxTracebackBytes),
    ...placeOf(thrown),
  };
}

function tracebackOf(error: Error): string {
  const texts: string[] = [];
  for (let at: unknown = error; at instanceof Error && texts.length < 10; at = at.cause) texts.push(at.stack ?? String(at));
  return texts.join("\ncaused by: ");
}

/** The first line of the stack that is the user's own, with the lines around it, where the file is still there to be read. */
function placeOf({ stack = "" }: Error): { source?: string; line?: number } {
  for (const frame of stack.split("\n").slice(1)) {
    const [, place = "", line = ""] = /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*):(\d+):\d+\)?$/.exec(frame) ?? [];
    if (place === "" || /[\\/]node_modules[\\/]/.test(place)) continue;
    const at = Number(line);
    try {
      const lines = readFileSync(place.startsWith("file:") ? fileURLToPath(place) : place, "utf8").split("\n");
      const from = Math.max(0, at - 1 - linesAround);
      const excerpt = lines.slice(from, at + linesAround).map((text, i) => `${from + i + 1 === at ? ">" : " "} ${from + i + 1} | ${text}`);
      return { line: at, source: cut(excerpt.join("\n"), maxTracebackBytes) };
    } catch {
      return { line: at };
    }
  }
  return {};
}

/** At most so many bytes of UTF-8, without what no text of the contract may have: U+0000 and halves of characters. */
export function cut(text: string, maxBytes: number): string {
  const clean = text.toWellFormed().replaceAll("\0", "\uFFFD");
  if (Buffer.byteLength(clean) <= maxBytes) return clean;
  return new TextDecoder().decode(Buffer.from(clean).subarray(0, maxBytes - 3)).replace(/\uFFFD$/, "");
}
