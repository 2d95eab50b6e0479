import {
  type DescField,
  type DescMessage,
  type DescOneof,
  getOption,
  hasOption,
  isFieldSet,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { Edition, FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import {
  type FieldRules,
  field as fieldRules,
  Ignore,
  MapRulesSchema,
  message as messageRules,
  oneof as oneofRules,
  RepeatedRulesSchema,
  type StringRules,
  StringRulesSchema,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { regexOf } from "./patterns.ts";

/**
 * Whether a message is plainly sound: it keeps every rule of its fields, and no text in it holds U+0000. What is not plainly so may
 * still be, and protovalidate says what is wrong: this knows the rules that are cheap to keep, and doubts all else. Most requests
 * are sound, and to find that by protovalidate takes longer than to decide them.
 */
export function isSound(schema: DescMessage, message: object): boolean {
  return checkOf(schema)(message as Values);
}

type Values = Readonly<Record<string, unknown>>;
type Check<T = unknown> = (value: T) => boolean;

const checks = new WeakMap<DescMessage, Check<Values>>();

function checkOf(schema: DescMessage): Check<Values> {
  const known = checks.get(schema);
  if (known) return known;
  // Types may hold themselves: whoever asks meanwhile gets one that finds the right one later.
  let real: Check<Values> = doubt;
  checks.set(schema, (values) => real(values));
  real = compile(schema);
  checks.set(schema, real);
  return real;
}

const doubt = () => false;
const trust = () => true;
const all = <T>(parts: readonly Check<T>[]): Check<T> => {
  const told = parts.filter((part) => part !== trust);
  if (told.includes(doubt)) return doubt;
  if (told.length === 0) return trust;
  if (told.length === 1) return told[0] as Check<T>;
  return (value) => {
    for (const part of told) if (!part(value)) return false;
    return true;
  };
};

function compile(schema: DescMessage): Check<Values> {
  if (schema.file.edition !== Edition.EDITION_PROTO3 || hasOption(schema, messageRules)) return doubt;
  const { typeName } = schema;
  // Some types of Google's are other things in JavaScript than messages.
  const own: Check<Values> = (values) => values.$typeName === typeName;
  return all([own, ...schema.members.map((member) => (member.kind === "oneof" ? oneof(member) : alone(member)))]);
}

function oneof(desc: DescOneof): Check<Values> {
  if (desc.fields.some((field) => hasOption(field, fieldRules) && getOption(field, fieldRules).required)) return doubt;
  const required = hasOption(desc, oneofRules) && getOption(desc, oneofRules).required;
  const cases = new Map(desc.fields.map((field) => [field.localName, set(field)]));
  return (values) => {
    const held = values[desc.localName] as { readonly case?: string; readonly value?: unknown };
    return held.case === undefined ? !required : (cases.get(held.case)?.(held.value) ?? false);
  };
}

function alone(field: DescField): Check<Values> {
  const { localName, presence } = field;
  const rules = hasOption(field, fieldRules) ? getOption(field, fieldRules) : undefined;
  const check = set(field);
  const isUnset = unset(field);
  // A zero that is ruled on like any other value, because it cannot be told from one that was not sent.
  const ruledZero = presence === FeatureSet_FieldPresence.IMPLICIT && rules?.ignore !== Ignore.IF_ZERO_VALUE;
  if (!rules?.required && ruledZero) return check === trust ? trust : (values) => check(values[localName]);
  const absent = !rules?.required;
  return (values) => {
    const value = values[localName];
    return isUnset(value) ? absent : check(value);
  };
}

function unset({ fieldKind, presence }: DescField): Check {
  if (fieldKind === "list") return (value) => (value as readonly unknown[]).length === 0;
  if (fieldKind === "map") return (value) => Object.keys(value as object).length === 0;
  if (presence !== FeatureSet_FieldPresence.IMPLICIT) return (value) => value === undefined;
  return (value) => value === "" || value === 0 || value === 0n || value === false;
}

/** What a field must be where it is set. */
function set(field: DescField): Check {
  const rules = hasOption(field, fieldRules) ? getOption(field, fieldRules) : undefined;
  if (rules && (rules.ignore === Ignore.ALWAYS || isStrange(rules, known.field))) return doubt;
  const type = rules?.type;
  if (field.fieldKind === "list") {
    if (type?.case !== undefined && type.case !== "repeated") return doubt;
    const ruled = type?.value;
    if (ruled && isStrange(ruled, known.repeated)) return doubt;
    const item = single(field, ruled?.items);
    const [least, most] = [Number(ruled?.minItems ?? 0n), ruled ? mostOf(ruled, RepeatedRulesSchema.field.maxItems) : endless];
    return (value) => {
      const items = value as readonly unknown[];
      return items.length >= least && items.length <= most && (item === trust || items.every(item));
    };
  }
  if (field.fieldKind === "map") {
    if (type?.case !== undefined && type.case !== "map") return doubt;
    const ruled = type?.value;
    if (ruled && isStrange(ruled, known.map)) return doubt;
    if (ruled?.keys && (ruled.keys.type.case !== "string" || isStrange(ruled.keys, known.field))) return doubt;
    const key = text(ruled?.keys?.type.value as StringRules | undefined);
    const item = single(field, ruled?.values);
    const [least, most] = [Number(ruled?.minPairs ?? 0n), ruled ? mostOf(ruled, MapRulesSchema.field.maxPairs) : endless];
    return (value) => {
      const pairs = Object.entries(value as object);
      return pairs.length >= least && pairs.length <= most && pairs.every(([name, each]) => key(name) && item(each));
    };
  }
  return single(field, rules);
}

const endless = Number.POSITIVE_INFINITY;
/** A limit among rules, which may be zero. */
const mostOf = (rules: Message, limit: DescField): number =>
  isFieldSet(rules, limit) ? Number((rules as unknown as Values)[limit.localName]) : endless;

/** What a value of a field must be: the field's own, or each of a list or map. */
function single(field: DescField, rules: FieldRules | undefined): Check {
  if (rules && isStrange(rules, known.field)) return doubt;
  const isItem = field.fieldKind === "list" || field.fieldKind === "map";
  if (isItem && rules && (rules.required || rules.ignore !== Ignore.UNSPECIFIED)) return doubt;
  const type = rules?.type;
  if (field.message) {
    if (type?.case !== undefined) return doubt;
    const child = checkOf(field.message);
    return (value) => typeof value === "object" && value !== null && child(value as Values);
  }
  if (field.enum) {
    if (type?.case === undefined) return trust;
    if (type.case !== "enum" || isStrange(type.value, known.enum)) return doubt;
    const { definedOnly, in: within, notIn } = type.value;
    const defined = new Set(field.enum.values.map(({ number }) => number));
    return (value) =>
      (!definedOnly || defined.has(value as number)) &&
      (within.length === 0 || within.includes(value as number)) &&
      !notIn.includes(value as number);
  }
  if (field.scalar === ScalarType.STRING) return type?.case === undefined || type.case === "string" ? text(type?.value) : doubt;
  if (type?.case === undefined) return trust;
  if (type.case === "double") return isStrange(type.value, known.double) ? doubt : (value) => Number.isFinite(value);
  if ((type.case !== "int32" && type.case !== "int64") || isStrange(type.value, known.integer)) return doubt;
  const { greaterThan, lessThan } = type.value;
  if (greaterThan.case === "gt" || lessThan.case === "lt") return doubt;
  // Rules whose ends stand the other way round mean what lies outside.
  const [least, most] = [greaterThan.value, lessThan.value];
  if (least !== undefined && most !== undefined && least > most) return doubt;
  return (value) => (least === undefined || (value as number) >= least) && (most === undefined || (value as number) <= most);
}

function text(rules: StringRules | undefined): Check {
  const nul = (value: unknown) => !(value as string).includes("\0");
  if (!rules) return nul as Check;
  if (isStrange(rules, known.string)) return doubt;
  const { wellKnown, minLen, pattern } = rules;
  if (wellKnown.case === "uuid" && wellKnown.value) return (value) => uuid.test(value as string);
  if (wellKnown.case !== undefined) return doubt;
  // Lengths are told in code points, of which there are half as many as units at least.
  const least = minLen > 1n ? Number(minLen) * 2 : Number(minLen);
  // A unit is three bytes at most.
  const most = Math.min(mostOf(rules, StringRulesSchema.field.maxLen), mostOf(rules, StringRulesSchema.field.maxBytes) / 3);
  const regex = pattern === "" ? undefined : regexOf(pattern);
  return (value) => {
    const it = value as string;
    return it.length >= least && it.length <= most && !it.includes("\0") && (regex === undefined || regex.test(it));
  };
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The rules that are known here, for each kind. */
const known = {
  field: ["type", "ignore", "required"],
  repeated: ["minItems", "maxItems", "items"],
  map: ["minPairs", "maxPairs", "keys", "values"],
  enum: ["definedOnly", "in", "notIn"],
  double: ["finite"],
  integer: ["greaterThan", "lessThan"],
  string: ["wellKnown", "minLen", "maxLen", "maxBytes", "pattern"],
} as const;

/** Whether there is a rule beside those that are known. */
function isStrange(rules: object, names: readonly string[]): boolean {
  return Object.entries(rules).some(([name, value]) => {
    if (name === "$typeName" || names.includes(name)) return false;
    if (Array.isArray(value)) return value.length > 0;
    return typeof value === "object" && value !== null && "case" in value ? value.case !== undefined : value !== undefined;
  });
}
