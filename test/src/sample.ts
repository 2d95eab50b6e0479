import {
  create,
  type DescField,
  type DescMessage,
  type DescMethod,
  getOption,
  hasOption,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { oneof as oneofRulesOf, field as rulesOf } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { newUuid } from "@signalbox/runtime/testing/world.ts";

/** Values to use instead of made-up ones, by the name of the field. */
export type Known = Readonly<Record<string, unknown>>;

/** A request that passes the rules of the contract, and names nothing that exists unless it is told to. */
export function sampleRequest(method: DescMethod, known: Known = {}): Message {
  return sample(method.input, known);
}

function sample(schema: DescMessage, known: Known): Message {
  const values: Record<string, unknown> = {};
  for (const field of schema.fields) {
    if (field.oneof && !field.oneof.fields.includes(field)) continue;
    if (Object.hasOwn(known, field.name)) assign(values, field, known[field.name]);
    else if (isNeeded(field)) assign(values, field, made(field, known));
  }
  return create(schema, values);
}

function assign(values: Record<string, unknown>, field: DescField, value: unknown): void {
  if (field.oneof) values[field.oneof.localName] = { case: field.localName, value };
  else values[field.localName] = value;
}

/** Whether a request without the field would be refused. */
function isNeeded(field: DescField): boolean {
  if (field.oneof)
    return hasOption(field.oneof, oneofRulesOf) && getOption(field.oneof, oneofRulesOf).required && field.oneof.fields[0] === field;
  if (!hasOption(field, rulesOf)) return false;
  const { required, ignore, type } = getOption(field, rulesOf);
  if (required) return true;
  if (ignore !== 0) return false;
  switch (type.case) {
    case "string":
      return type.value.minLen > 0n || type.value.wellKnown.case !== undefined || type.value.pattern.includes("+$");
    case "repeated":
      return type.value.minItems > 0n;
    case "map":
      return type.value.minPairs > 0n;
    case "int64":
      return type.value.greaterThan.case === "gte" && type.value.greaterThan.value > 0n;
    case "enum":
      return type.value.notIn.includes(0) || (type.value.in.length > 0 && !type.value.in.includes(0));
    default:
      return false;
  }
}

function made(field: DescField, known: Known): unknown {
  if (field.fieldKind === "list")
    return Array.from({ length: fewest(field) }, () => (field.message ? sample(field.message, known) : text(field)));
  if (field.fieldKind === "map") return { sample: field.message ? sample(field.message, known) : "sample" };
  if (field.message) return sample(field.message, known);
  if (field.enum) {
    const rules = getOption(field, rulesOf);
    const allowed =
      rules.type.case === "enum" && rules.type.value.in.length > 0 ? rules.type.value.in : field.enum.values.map(({ number }) => number);
    return allowed.find((number) => number !== 0) ?? 0;
  }
  switch (field.scalar) {
    case ScalarType.STRING:
      return text(field);
    case ScalarType.INT64:
      return 1n;
    case ScalarType.BOOL:
      return true;
    default:
      return 1;
  }
}

/** How many items a list has at least, and one in any case. */
function fewest(field: DescField): number {
  const { type } = getOption(field, rulesOf);
  return type.case === "repeated" ? Math.max(1, Number(type.value.minItems)) : 1;
}

/** Texts for the patterns of the contract, tried in order. */
const texts = [
  "sample",
  "run.read",
  "eu-central-1",
  "file:///tmp/sample",
  "https://idp.example.org/token",
  "arn:aws:iam::123456789012:role/sample",
  "correct-horse-battery",
  "{}",
  "9c1e2f7",
];

function text(field: DescField): string {
  const rules = getOption(field, rulesOf);
  const string = rules.type.case === "repeated" ? rules.type.value.items?.type.value : rules.type.value;
  const { wellKnown, pattern = "", minLen = 0n } = (string ?? {}) as { wellKnown?: { case?: string }; pattern?: string; minLen?: bigint };
  if (wellKnown?.case === "uuid" || field.name === "reference") return newUuid();
  if (wellKnown?.case === "uri") return "https://idp.example.org/token";
  const javascript = pattern.replaceAll("\\p{Cc}", "\\u0000-\\u001f");
  const found = texts.find((each) => BigInt(each.length) >= minLen && new RegExp(javascript).test(each));
  if (found === undefined) throw new Error(`no sample text for ${field.parent.typeName}.${field.name}, ${pattern}`);
  return found;
}
