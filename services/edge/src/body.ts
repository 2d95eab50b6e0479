import { type DescMessage, fromBinary, fromJson, type JsonValue, type Message, type Registry } from "@bufbuild/protobuf";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { jsonFault, misfit } from "@signalbox/runtime/json-fault.ts";
import { prefixBytes } from "@signalbox/runtime/wire/envelope.ts";
import type { AnyRequest } from "./address.ts";

/** How deeply a JSON body may be nested. */
const maxDepth = 64;

const invalid = (text: string, cause?: unknown) => new SignalboxError(Reason.BODY_INVALID, text, { cause });

/** How large a body with one message is, by what has come of it; undefined while that does not say. */
export const envelopeBytes = (begin: Buffer): number | undefined =>
  begin.length < prefixBytes ? undefined : prefixBytes + begin.readUInt32BE(1);

/**
 * The whole body. Fails with BODY_TOO_LARGE as soon as it is, or as it says
 * itself that it will be where `statedBytes` can tell, without keeping what came.
 */
export function readBody(request: AnyRequest, maxBytes: number, statedBytes?: typeof envelopeBytes): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () =>
      new SignalboxError(Reason.BODY_TOO_LARGE, `the body is larger than ${maxBytes} bytes`, { metadata: { max_bytes: String(maxBytes) } });
    if (Number(request.headers["content-length"] ?? 0) > maxBytes) {
      reject(tooLarge());
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    let stated: number | undefined;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      stated ??= statedBytes?.(chunks.length === 1 ? chunk : Buffer.concat(chunks));
      if (size <= maxBytes && (stated ?? 0) <= maxBytes) return;
      chunks.length = 0;
      reject(tooLarge());
    });
    request.on("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on("error", (cause) => reject(new SignalboxError(Reason.CANCELLED, "the caller went away", { cause })));
    request.on("aborted", () => reject(new SignalboxError(Reason.CANCELLED, "the caller went away")));
  });
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** A message from JSON. Fields that the contract does not have are refused, because a misspelt one would do nothing without a word. `registry` knows what an Any may hold. */
export function fromJsonBody(schema: DescMessage, body: Buffer, registry?: Registry): Message {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch (cause) {
    throw invalid("the body is not valid UTF-8", cause);
  }
  // A text must be this long to be nested so deep.
  if (text.length > maxDepth && isDeeper(text, maxDepth)) throw invalid(`the body is nested more than ${maxDepth} levels deep`);
  let json: JsonValue;
  try {
    json = text === "" ? {} : (JSON.parse(text) as JsonValue);
  } catch (cause) {
    throw invalid(`the body is not valid JSON: ${jsonFault(cause)}`, cause);
  }
  try {
    return fromJson(schema, json, registry && { registry });
  } catch (cause) {
    throw invalid(misfit(cause, schema).slice(0, 500), cause);
  }
}

export function fromBinaryBody(schema: DescMessage, body: Buffer): Message {
  try {
    return fromBinary(schema, body);
  } catch (cause) {
    throw invalid(`the body is not a valid ${schema.typeName}`, cause);
  }
}

/** Whether JSON is nested deeper than a limit; found out before a parser is let at it. */
function isDeeper(text: string, limit: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (quoted) {
      if (char === 92) at++;
      else if (char === 34) quoted = false;
    } else if (char === 34) quoted = true;
    else if (char === 123 || char === 91) {
      if (++depth > limit) return true;
    } else if (char === 125 || char === 93) depth--;
  }
  return false;
}
