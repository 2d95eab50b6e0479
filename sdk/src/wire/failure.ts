import { Buffer } from "node:buffer";
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@signalbox/gen/google/rpc/error_details_pb.ts";
import { type Failure, SignalboxError, type Violation } from "../errors.ts";

/** An error as Connect writes it, alone or at the end of a stream. */
interface ErrorJson {
  readonly code?: string;
  readonly message?: string;
  readonly details?: readonly { readonly type: string; readonly value: string }[];
}

const codes = new Map<string, Code>(
  Object.entries(Code).flatMap(([name, code]) =>
    typeof code === "number" ? [[name.replace(/(?<=[a-z])[A-Z]/g, "_$&").toLowerCase(), code]] : [],
  ),
);

/** What a status of HTTP means where the answer is not one of Connect: a proxy wrote it. */
const byStatus = new Map<number, Code>([
  [400, Code.Internal],
  [401, Code.Unauthenticated],
  [403, Code.PermissionDenied],
  [404, Code.Unimplemented],
  [429, Code.Unavailable],
  [502, Code.Unavailable],
  [503, Code.Unavailable],
  [504, Code.Unavailable],
]);

/** The failure that an answer with a status other than 200 stands for. */
export function failureOf(status: number, body: Uint8Array): SignalboxError {
  const text = Buffer.from(body).toString("utf8");
  const json = parseError(text);
  if (json?.code !== undefined) return fromErrorJson(json);
  return notOurs(status, text, byStatus.get(status) ?? Code.Unknown);
}

/** The failure that an answer with status 200 stands for whose body is no message. */
export const unreadable = (body: Uint8Array): SignalboxError => notOurs(200, Buffer.from(body).toString("utf8"), Code.Unknown);

function notOurs(status: number, text: string, code: Code): SignalboxError {
  const begin = text.replaceAll(/\s+/g, " ").slice(0, 100);
  const message = `HTTP ${status} was not answered by Signalbox: the address is another's, or something stands between (${begin || "it is empty"})`;
  return new SignalboxError({ reason: reasonOf(code), message, code });
}

/** The failure that the last envelope of a stream carries; undefined where the stream ended well. */
export function failureAtEnd(payload: Uint8Array): SignalboxError | undefined {
  const end = parseError(Buffer.from(payload).toString("utf8")) as { readonly error?: ErrorJson } | undefined;
  if (end === undefined)
    return new SignalboxError({ reason: "INTERNAL", message: "the end of the stream cannot be read", code: Code.Internal });
  return end.error && fromErrorJson(end.error);
}

function parseError(text: string): ErrorJson | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}

function fromErrorJson({ code: name = "unknown", message = "", details = [] }: ErrorJson): SignalboxError {
  const code = codes.get(name) ?? Code.Unknown;
  const failure: { -readonly [K in keyof Failure]: Failure[K] } = { reason: reasonOf(code), message, code };
  for (const { type, value } of details) {
    const info = read(type, value, ErrorInfoSchema);
    if (info?.reason) Object.assign(failure, { reason: info.reason, metadata: info.metadata });
    const violations = read(type, value, BadRequestSchema)?.fieldViolations;
    if (violations) failure.violations = violations.map(toViolation);
    const delay = read(type, value, RetryInfoSchema)?.retryDelay;
    if (delay) failure.retryAfterMs = durationMs(delay);
  }
  return new SignalboxError(failure);
}

const toViolation = (violation: { field: string; description: string; reason: string }): Violation => ({
  field: violation.field,
  description: violation.description,
  rule: violation.reason,
});

function read<D extends DescMessage>(type: string, value: string, schema: D): MessageShape<D> | undefined {
  if (type !== schema.typeName) return undefined;
  try {
    return fromBinary(schema, Buffer.from(value, "base64"));
  } catch {
    return undefined;
  }
}

/** What to branch on where the server gave no reason: the code's name as reasons are written. */
function reasonOf(code: Code): string {
  if (code === Code.Canceled) return "CANCELLED";
  return Code[code].replace(/(?<=[a-z])[A-Z]/g, "_$&").toUpperCase();
}
