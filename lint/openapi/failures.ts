import { type DescEnum, getOption } from "@bufbuild/protobuf";
import { status } from "../../gen/src/signalbox/options/v1/options_pb.ts";
import { describe } from "./comments.ts";
import { refTo, type Schema } from "./schema.ts";

/** The codes of Connect, by the number that gRPC has for each. */
const codes = [
  ...["ok", "canceled", "unknown", "invalid_argument", "deadline_exceeded", "not_found", "already_exists", "permission_denied"],
  ...["resource_exhausted", "failed_precondition", "aborted", "out_of_range", "unimplemented", "internal", "unavailable", "data_loss"],
  "unauthenticated",
];

const detail = (type: string, description: string, debug: Schema): Schema => ({
  type: "object",
  description,
  properties: {
    type: { const: type },
    value: { type: "string", contentEncoding: "base64", description: "The detail as protobuf." },
    debug: { type: "object", properties: debug },
  },
  required: ["type"],
});

/** What a failed call is answered with: the same for all methods. */
export function failureSchemas(reasons: DescEnum): Readonly<Record<string, Schema>> {
  const sent = reasons.values.filter(({ number }) => number !== 0);
  const nameOf = (name: string) => name.replace(/^REASON_/, "");
  const lines = sent.map((value) => `- \`${nameOf(value.name)}\` (${codes[getOption(value, status)]}): ${describe(value)}`);
  const text = { type: "string" };
  return {
    Reason: { type: "string", description: [describe(reasons), "", ...lines].join("\n"), enum: sent.map(({ name }) => nameOf(name)) },
    Failure: {
      type: "object",
      description: "Why a call failed.",
      properties: {
        code: { type: "string", enum: codes.slice(1) },
        message: { type: "string", description: "For a person to read." },
        details: {
          type: "array",
          items: {
            anyOf: [
              detail("google.rpc.ErrorInfo", "The reason, for a program to act on.", {
                reason: refTo("Reason"),
                domain: { const: "signalbox" },
                metadata: { type: "object", additionalProperties: text },
              }),
              detail("google.rpc.BadRequest", "The fields that break a rule of the contract.", {
                fieldViolations: { type: "array", items: { type: "object", properties: { field: text, description: text, reason: text } } },
              }),
              detail("google.rpc.RetryInfo", "When the call may be repeated.", { retryDelay: { type: "string", examples: ["1.5s"] } }),
              { type: "object", properties: { type: { ...text, not: { pattern: "^google[.]rpc[.](ErrorInfo|BadRequest|RetryInfo)$" } } } },
            ],
          },
        },
      },
      required: ["code"],
    },
  };
}
