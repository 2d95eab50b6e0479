import type { DescEnum } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { type FieldRules, FieldRulesSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import type { Schema } from "./schema.ts";

/** What the rules of a field are in JSON Schema. */
export interface Ruled {
  readonly keywords: Schema;
  /** What JSON Schema has no keyword for, in sentences. */
  readonly words: readonly string[];
  /** The rules of the items of a list, and of the keys and values of a map. */
  readonly parts: { readonly items?: FieldRules; readonly keys?: FieldRules; readonly values?: FieldRules };
}

type Entry = (value: never, enumeration: DescEnum | undefined) => { readonly keywords?: Schema; readonly words?: string };

const keyword =
  (name: string): Entry =>
  (value: bigint | number | string | boolean) => ({ keywords: { [name]: typeof value === "bigint" ? Number(value) : value } });
const format =
  (name: string): Entry =>
  () => ({ keywords: { format: name } });
const words =
  (text: (value: never) => string): Entry =>
  (value) => ({ words: text(value) });
const number = { gte: keyword("minimum"), gt: keyword("exclusiveMinimum"), lte: keyword("maximum"), lt: keyword("exclusiveMaximum") };
const seconds = ({ seconds: whole, nanos }: { readonly seconds: bigint; readonly nanos: number }) => `${Number(whole) + nanos / 1e9} s`;
const bound = (value: bigint | { readonly message: { readonly seconds: bigint; readonly nanos: number } }): string =>
  typeof value === "bigint" ? value.toLocaleString("en") : seconds(value.message);
/** Of values that JSON has as text: numbers of 64 bits and spans. */
const textual = {
  gte: (value: never): ReturnType<Entry> => ({
    words: `At least ${bound(value)}.`,
    ...(typeof value === "bigint" && value >= 0n ? { keywords: { pattern: value > 0n ? "^[1-9][0-9]*$" : "^[0-9]+$" } } : {}),
  }),
  gt: words((value) => `More than ${bound(value)}.`),
  lte: words((value) => `At most ${bound(value)}.`),
  lt: words((value) => `Less than ${bound(value)}.`),
};
const namesOf = (numbers: Iterable<unknown>, enumeration: DescEnum | undefined): readonly string[] => {
  const chosen = new Set(numbers);
  return (enumeration?.values ?? []).filter(({ number }) => chosen.has(number)).map(({ name }) => name);
};

// A rule that is not here stops the generator: a document that leaves a rule out in silence is not true.
const known: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  string: {
    min_len: keyword("minLength"),
    max_len: keyword("maxLength"),
    // No text has fewer bytes than characters.
    max_bytes: (value: bigint) => ({ keywords: { maxLength: Number(value) }, words: `At most ${value.toLocaleString("en")} bytes.` }),
    pattern: keyword("pattern"),
    uuid: format("uuid"),
    uri: format("uri"),
    email: format("email"),
    in: (values: Iterable<string>) => ({ keywords: { enum: [...values] } }),
  },
  int32: number,
  uint32: number,
  double: { ...number, finite: () => ({}) },
  int64: textual,
  uint64: textual,
  duration: textual,
  repeated: { min_items: keyword("minItems"), max_items: keyword("maxItems"), unique: keyword("uniqueItems"), items: () => ({}) },
  map: { min_pairs: keyword("minProperties"), max_pairs: keyword("maxProperties"), keys: () => ({}), values: () => ({}) },
  enum: {
    // As the names of an enumeration are listed in any case.
    defined_only: () => ({}),
    in: (numbers: Iterable<number>, enumeration) => ({ keywords: { enum: namesOf(numbers, enumeration) } }),
    not_in: (numbers: Iterable<number>, enumeration) => {
      const refused = new Set(numbers);
      const allowed = (enumeration?.values ?? []).filter(({ number }) => !refused.has(number));
      return { keywords: { enum: allowed.map(({ name }) => name) } };
    },
  },
};

/** Reads the rules of a field. Fails on one that it does not know, naming it. */
export function schemaOfRules(rules: FieldRules | undefined, enumeration?: DescEnum): Ruled {
  const { case: kind, value } = rules?.type ?? {};
  if (!rules || !kind || !value) return { keywords: {}, words: [], parts: {} };
  if (rules.cel.length + rules.celExpression.length > 0) throw new Error("the OpenAPI document has no way to say a CEL rule yet");
  const all = reflect(FieldRulesSchema, rules).get(rulesField(kind)) as ReflectMessage;
  const read = all.fields
    .filter((field) => all.isSet(field))
    .map((field) => {
      const entry = known[kind]?.[field.name];
      if (!entry) throw new Error(`the OpenAPI document has no way to say the rule ${kind}.${field.name} yet`);
      return entry(all.get(field) as never, enumeration);
    });
  return {
    keywords: Object.assign({}, ...read.map(({ keywords = {} }) => keywords)) as Schema,
    words: read.flatMap(({ words = [] }) => words),
    parts: value as Ruled["parts"],
  };
}

function rulesField(kind: string) {
  const field = FieldRulesSchema.fields.find(({ localName }) => localName === kind);
  if (!field) throw new Error(`no rules are called ${kind}`);
  return field;
}
