import { RE2JS } from "re2js";
import { type Fault, localPointer } from "./check.ts";
import { canonical, isObject, type JsonObject, type JsonValue } from "./json.ts";

/** What a rule works with. */
export interface Applying {
  /** The schema that the keyword stands in. */
  readonly schema: JsonObject;
  /** Applies a schema to the value, or to what lies at a key in it. What is wrong there is wrong. */
  apply(schema: JsonValue, value: JsonValue, key?: string | number): Fault | undefined;
  /** The same for the schema that a pointer leads to. */
  follow(pointer: string, value: JsonValue): Fault | undefined;
  /** Whether a value satisfies a schema. */
  satisfies(schema: JsonValue, value: JsonValue): boolean;
  /** What is wrong with the value. */
  fail(message: string): Fault;
  /** Counts work that grows with what is looked at, so that it ends. */
  spend(work: number): void;
}

type Rule = (argument: JsonValue, value: JsonValue, here: Applying) => Fault | undefined;

const typeOf = (value: JsonValue) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);
const isOf = (type: JsonValue, value: JsonValue) => (type === "integer" ? Number.isInteger(value) : typeOf(value) === type);

const ofNumber = (message: (limit: number) => string, fits: (value: number, limit: number) => boolean): Rule => {
  return (limit, value, { fail }) =>
    typeof value === "number" && !fits(value, limit as number) ? fail(message(limit as number)) : undefined;
};

const ofSize = (size: (value: JsonValue) => number | undefined, least: boolean, what: string): Rule => {
  return (limit, value, { fail, spend }) => {
    const has = size(value);
    if (has === undefined) return undefined;
    spend(has / 64);
    const fits = least ? has >= (limit as number) : has <= (limit as number);
    return fits ? undefined : fail(`has ${has} ${what}, and ${limit} is the ${least ? "least" : "most"}`);
  };
};

const characters = (value: JsonValue) => (typeof value === "string" ? [...value].length : undefined);
const items = (value: JsonValue) => (Array.isArray(value) ? value.length : undefined);
const names = (value: JsonValue) => (isObject(value) ? Object.keys(value).length : undefined);

const missing = (needed: JsonValue, value: JsonObject): string | undefined =>
  (needed as string[]).find((name) => !Object.hasOwn(value, name));

function isMultiple(value: number, of: number): boolean {
  const times = value / of;
  // What decimal fractions lose in binary is no fault of the answer.
  return Math.abs(times - Math.round(times)) <= Number.EPSILON * 4 * Math.max(1, Math.abs(times));
}

/** The first fault among several. */
function first<T>(some: Iterable<T>, faultOf: (each: T) => Fault | undefined): Fault | undefined {
  for (const each of some) {
    const fault = faultOf(each);
    if (fault) return fault;
  }
  return undefined;
}

/** What each keyword asks of a value. Those that are not here ask nothing: titles, defaults, formats. */
export const rules: Readonly<Record<string, Rule>> = {
  $ref: (to, value, { follow }) => follow(localPointer(to as string) ?? "", value),

  type(type, value, { fail }) {
    const allowed = Array.isArray(type) ? type : [type];
    return allowed.some((each) => isOf(each, value)) ? undefined : fail(`must be ${allowed.join(" or ")}, and is ${typeOf(value)}`);
  },
  const(only, value, { fail, spend }) {
    spend(weightOf(value));
    return canonical(value) === canonical(only) ? undefined : fail(`must be ${shown(only)}`);
  },
  enum(allowed, value, { fail, spend }) {
    const some = allowed as readonly JsonValue[];
    spend(weightOf(allowed) + weightOf(value));
    const wanted = canonical(value);
    return some.some((each) => canonical(each) === wanted) ? undefined : fail(`must be one of ${some.slice(0, 20).map(shown).join(", ")}`);
  },

  minimum: ofNumber(
    (least) => `must be ${least} or more`,
    (value, least) => value >= least,
  ),
  maximum: ofNumber(
    (most) => `must be ${most} or less`,
    (value, most) => value <= most,
  ),
  exclusiveMinimum: ofNumber(
    (bound) => `must be more than ${bound}`,
    (value, bound) => value > bound,
  ),
  exclusiveMaximum: ofNumber(
    (bound) => `must be less than ${bound}`,
    (value, bound) => value < bound,
  ),
  multipleOf: ofNumber((of) => `must be a multiple of ${of}`, isMultiple),

  minLength: ofSize(characters, true, "characters"),
  maxLength: ofSize(characters, false, "characters"),
  pattern(pattern, value, { fail, spend }) {
    if (typeof value !== "string") return undefined;
    spend((value.length * (pattern as string).length) / 512);
    return RE2JS.compile(pattern as string)
      .matcher(value)
      .find()
      ? undefined
      : fail(`does not match ${pattern}`);
  },

  minItems: ofSize(items, true, "items"),
  maxItems: ofSize(items, false, "items"),
  uniqueItems(wanted, value, { fail, spend }) {
    if (wanted !== true || !Array.isArray(value)) return undefined;
    spend(weightOf(value));
    return new Set(value.map(canonical)).size < value.length ? fail("has an item twice") : undefined;
  },
  prefixItems: (schemas, value, { apply }) =>
    Array.isArray(value)
      ? first((schemas as JsonValue[]).slice(0, value.length).entries(), ([at, schema]) => apply(schema, value[at], at))
      : undefined,
  items(schema, value, { apply, schema: { prefixItems = [] } }) {
    if (!Array.isArray(value)) return undefined;
    const from = (prefixItems as JsonValue[]).length;
    return first(value.entries(), ([at, item]) => (at < from ? undefined : apply(schema, item, at)));
  },
  contains(schema, value, { satisfies, fail, schema: { minContains = 1, maxContains = Number.POSITIVE_INFINITY } }) {
    if (!Array.isArray(value)) return undefined;
    const found = value.filter((item) => satisfies(schema, item)).length;
    const fits = found >= (minContains as number) && found <= (maxContains as number);
    return fits ? undefined : fail(`has ${found} items of the kind asked for`);
  },

  minProperties: ofSize(names, true, "properties"),
  maxProperties: ofSize(names, false, "properties"),
  required(needed, value, { fail }) {
    const name = isObject(value) ? missing(needed, value) : undefined;
    return name === undefined ? undefined : fail(`lacks "${name}"`);
  },
  dependentRequired(needed, value, { fail }) {
    if (!isObject(value)) return undefined;
    return first(Object.entries(needed as JsonObject), ([name, others]) => {
      const lacks = Object.hasOwn(value, name) ? missing(others, value) : undefined;
      return lacks === undefined ? undefined : fail(`has "${name}" and lacks "${lacks}"`);
    });
  },
  properties(schemas, value, { apply }) {
    if (!isObject(value)) return undefined;
    return first(Object.entries(schemas as JsonObject), ([name, schema]) =>
      Object.hasOwn(value, name) ? apply(schema, value[name] as JsonValue, name) : undefined,
    );
  },
  additionalProperties(schema, value, { apply, fail, schema: { properties = {} } }) {
    if (!isObject(value)) return undefined;
    return first(Object.entries(value), ([name, inner]) => {
      if (Object.hasOwn(properties as JsonObject, name)) return undefined;
      return schema === false ? fail(`has "${name}", which is not asked for`) : apply(schema, inner, name);
    });
  },
  propertyNames(schema, value, { satisfies, fail }) {
    if (!isObject(value)) return undefined;
    const name = Object.keys(value).find((each) => !satisfies(schema, each));
    return name === undefined ? undefined : fail(`has "${name}", a name that is not allowed`);
  },
  dependentSchemas(schemas, value, { apply }) {
    if (!isObject(value)) return undefined;
    return first(Object.entries(schemas as JsonObject), ([name, schema]) =>
      Object.hasOwn(value, name) ? apply(schema, value) : undefined,
    );
  },

  allOf: (schemas, value, { apply }) => first(schemas as JsonValue[], (schema) => apply(schema, value)),
  anyOf: (schemas, value, { satisfies, fail }) =>
    (schemas as JsonValue[]).some((schema) => satisfies(schema, value)) ? undefined : fail("is none of the kinds asked for"),
  oneOf(schemas, value, { satisfies, fail }) {
    const found = (schemas as JsonValue[]).filter((schema) => satisfies(schema, value)).length;
    if (found === 1) return undefined;
    return fail(found === 0 ? "is none of the kinds asked for" : "is of more than one of the kinds asked for");
  },
  not: (schema, value, { satisfies, fail }) => (satisfies(schema, value) ? fail("is of the kind that is not wanted") : undefined),
  if: (schema, value, { apply, satisfies, schema: { then: yes = true, else: no = true } }) =>
    apply(satisfies(schema, value) ? yes : no, value),
};

/** About how much work it is to look at all of a value. */
const weightOf = (value: JsonValue): number => (typeof value === "object" ? JSON.stringify(value).length : String(value).length) / 64;

const shown = (value: JsonValue): string => {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
};
