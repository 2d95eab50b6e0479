import type { DescEnum, DescField, DescMessage, Message } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator } from "@bufbuild/protovalidate";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { fieldInvalid, SignalboxError, type Violation } from "../errors.ts";
import type { Layer } from "../rpc/handler.ts";
import { each } from "../rpc/streams.ts";
import { matches, wordsFor } from "./patterns.ts";
import { isSound } from "./sound.ts";

/** Checks every request against the rules of its fields, and that no text holds U+0000, which databases do not keep. */
export function validate(): Layer {
  const validator = createValidator({ regexMatch: matches });
  const check = (schema: DescMessage) => (message: Message) => {
    if (isSound(schema, message)) return;
    const result = validator.validate(schema, message);
    if (result.kind === "invalid") throw invalid(toViolations(result.violations));
    if (result.kind === "error") throw result.error;
    refuseNul(schema, message, "");
  };
  return {
    unary: (next) => (request, call) => {
      check(call.method.input)(request);
      return next(request, call);
    },
    stream: (next) => (requests, call) => next(each(requests, check(call.method.input)), call),
  };
}

type Broken = Extract<ReturnType<ReturnType<typeof createValidator>["validate"]>, { kind: "invalid" }>["violations"];

/** The broken rules for people; the pattern not where the text is empty, which is said already. */
function toViolations(broken: Broken): readonly Violation[] {
  const all = broken.map((rule) => ({ field: pathToString(rule.field), description: described(rule), rule: rule.ruleId }));
  const tooShort = new Set(all.filter(({ rule }) => rule === "string.min_len").map(({ field }) => field));
  return all.filter(({ field, rule }) => rule !== "string.pattern" || !tooShort.has(field));
}

function described({ field, message, ruleId }: Broken[number]): string {
  const [, pattern] = /^does not match regex pattern `(.*)`$/s.exec(message) ?? [];
  if (pattern !== undefined) return wordsFor(pattern);
  const values = field.findLast((part) => part.kind === "field")?.enum?.values;
  if (values && ruleId.startsWith("enum.")) return oneOf(values, ruleId, message);
  return message === "must be at least 1 characters" ? "must not be empty" : message;
}

/** Which values of an enum there are to choose from; the rules know them by their numbers. */
function oneOf(values: DescEnum["values"], rule: string, message: string): string {
  const [, list = "0"] = /\[([\d, ]+)\]/.exec(message) ?? [];
  const numbers = new Set(list.split(", ").map(Number));
  const right = values.filter(({ number }) => numbers.has(number) === (rule === "enum.in"));
  return `must be one of ${right.map(({ name }) => name).join(", ")}`;
}

function invalid(violations: readonly Violation[]): SignalboxError {
  const message = violations.map(({ field, description }) => (field ? `${field}: ${description}` : description)).join("; ");
  return new SignalboxError(Reason.FIELD_INVALID, message, { violations });
}

// Worked out once for each message type: most fields of most messages need no look.
const textFields = new WeakMap<DescMessage, readonly DescField[]>();

function fieldsWithText(schema: DescMessage): readonly DescField[] {
  let fields = textFields.get(schema);
  if (!fields) {
    fields = schema.fields.filter(
      (field) => field.message !== undefined || field.scalar === ScalarType.STRING || field.fieldKind === "map",
    );
    textFields.set(schema, fields);
  }
  return fields;
}

function refuseNul(schema: DescMessage, message: object, path: string): void {
  const values = message as Record<string, unknown>;
  for (const field of fieldsWithText(schema)) {
    const value = field.oneof ? oneofValue(values, field) : values[field.localName];
    if (value !== undefined && value !== "") inspect(field, value, path ? `${path}.${field.name}` : field.name);
  }
}

function inspect(field: DescField, value: unknown, path: string): void {
  if (typeof value === "string") {
    if (value.includes("\0")) throw fieldInvalid(path, "must not contain the character U+0000", "string.nul");
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      inspect(field, item, `${path}[${index}]`);
    });
  } else if (field.fieldKind === "map") {
    for (const [key, item] of Object.entries(value as object)) {
      inspect(field, key, path);
      if (typeof item === "string") inspect(field, item, `${path}["${key}"]`);
      else if (field.message && typeof item === "object" && item) refuseNul(field.message, item, `${path}["${key}"]`);
    }
  } else if (field.message && typeof value === "object" && value !== null) {
    refuseNul(field.message, value, path);
  }
}

function oneofValue(values: Record<string, unknown>, field: DescField): unknown {
  const oneof = values[field.oneof?.localName ?? ""] as { readonly case?: string; readonly value?: unknown } | undefined;
  return oneof?.case === field.localName ? oneof.value : undefined;
}
