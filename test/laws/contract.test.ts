import { type DescField, type DescMessage, getOption, hasOption, ScalarType } from "@bufbuild/protobuf";
import { type FieldRules, field as rulesOf } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { ReasonSchema } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { status } from "@signalbox/gen/signalbox/options/v1/options_pb.ts";
import { accessOf, auditOf, isRead, nameOf } from "@signalbox/runtime/contract/policy-of.ts";
import { everyService } from "@signalbox/runtime/contract/services.ts";
import { describe, expect, test } from "vitest";

const methods = everyService.flatMap((service) => service.methods);

describe("every method", () => {
  test.each(methods.map((method) => [nameOf(method), method] as const))(
    "%s states its access, and its audit where it changes something",
    (_, method) => {
      expect(() => accessOf(method)).not.toThrow();
      expect(() => auditOf(method)).not.toThrow();
    },
  );

  test("that is named Get, List, Find or Watch changes nothing and says so", () => {
    const quiet = methods.filter(({ name }) => /^(Get|List|Find|BatchGet|Watch|Resolve|Check|BatchCheck|Explain)/.test(name));
    expect(quiet.length).toBeGreaterThan(30);
    expect(quiet.filter((method) => !isRead(method)).map(nameOf)).toEqual([]);
  });

  test("that a run token may call names a field of its request for the run", () => {
    const open = methods.filter((method) => accessOf(method).runToken !== "");
    expect(open.length).toBeGreaterThan(10);
    for (const method of open) expect(method.input.fields.map(({ name }) => name)).toContain(accessOf(method).runToken);
  });
});

/** Every message that a caller can send. */
function requests(): DescMessage[] {
  const seen = new Set<DescMessage>();
  const visit = (message: DescMessage): void => {
    if (seen.has(message) || message.typeName.startsWith("google.protobuf.")) return;
    seen.add(message);
    for (const { message: inner } of message.fields) if (inner) visit(inner);
  };
  for (const { input } of methods) visit(input);
  return [...seen];
}

/** Whether a field that could be of any size has a bound. */
function isBounded(field: DescField): boolean {
  const rules = hasOption(field, rulesOf) ? getOption(field, rulesOf) : undefined;
  if (field.fieldKind === "list")
    return (
      rules?.type.case === "repeated" &&
      rules.type.value.maxItems > 0n &&
      (field.scalar !== ScalarType.STRING || boundsText(rules.type.value.items))
    );
  if (field.fieldKind === "map") {
    if (rules?.type.case !== "map" || rules.type.value.maxPairs === 0n || !boundsText(rules.type.value.keys)) return false;
    return field.scalar !== ScalarType.STRING || boundsText(rules.type.value.values);
  }
  if (field.scalar === ScalarType.STRING) return boundsText(rules);
  if (field.scalar === ScalarType.BYTES) return rules?.type.case === "bytes" && rules.type.value.maxLen > 0n;
  return true;
}

function boundsText(rules: FieldRules | undefined): boolean {
  if (rules?.type.case !== "string") return false;
  const { maxLen, maxBytes, wellKnown, pattern } = rules.type.value;
  // A pattern bounds a text where it cannot go on for ever.
  return maxLen > 0n || maxBytes > 0n || wellKnown.case === "uuid" || /\{\d+\}\$$/.test(pattern);
}

describe("every request field", () => {
  // Messages that are read only appear in answers, but are also part of requests where a resource is passed back.
  test.each(requests().map((message) => [message.typeName, message] as const))(
    "of %s that could be of any size has a bound",
    (_, message) => {
      expect(message.fields.filter((field) => !isBounded(field)).map(({ name }) => name)).toEqual([]);
    },
  );
});

test("every reason states the gRPC status that it travels with", () => {
  for (const value of ReasonSchema.values) {
    expect(hasOption(value, status), value.name).toBe(true);
    expect(getOption(value, status)).toBeGreaterThan(0);
  }
});
