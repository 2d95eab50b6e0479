import { RE2JS } from "re2js";
import { isObject, isWithin, type JsonObject, type JsonValue, pointerTo } from "./json.ts";

/** A schema that can be applied: each of its parts by its JSON pointer. */
export type Schema = ReadonlyMap<string, boolean | JsonObject>;

/** What is wrong, where, and by which rule. */
export interface Fault {
  /** The JSON pointer into the schema, or into what it is applied to. */
  readonly pointer: string;
  /** The keyword that says so. */
  readonly rule: string;
  readonly message: string;
}

const mostParts = 2_000;
const mostLevels = 32;
const mostPattern = 1_024;

const isNumber = (value: JsonValue) => typeof value === "number";
const isCount = (value: JsonValue) => typeof value === "number" && Number.isInteger(value) && value >= 0;
const areNames = (value: JsonValue) => Array.isArray(value) && value.every((name) => typeof name === "string");
const types: readonly JsonValue[] = ["null", "boolean", "number", "integer", "string", "array", "object"];
const number = { takes: isNumber, says: "must be a number" };
const count = { takes: isCount, says: "must be a whole number, 0 or more" };

/** Keywords that hold no schemas: what they take, and how that is said. */
const plain: Readonly<Record<string, { readonly takes: (value: JsonValue) => boolean; readonly says: string }>> = {
  type: {
    takes: (value) => (Array.isArray(value) ? value.length > 0 && value.every((each) => types.includes(each)) : types.includes(value)),
    says: `must be one of ${types.join(", ")}, or a list of these`,
  },
  enum: { takes: (value) => Array.isArray(value) && value.length > 0, says: "must be a list of values" },
  const: { takes: () => true, says: "" },
  multipleOf: { takes: (value) => typeof value === "number" && value > 0, says: "must be a number above 0" },
  ...{ minimum: number, maximum: number, exclusiveMinimum: number, exclusiveMaximum: number },
  ...{ minLength: count, maxLength: count, minItems: count, maxItems: count, minContains: count, maxContains: count },
  ...{ minProperties: count, maxProperties: count },
  uniqueItems: { takes: (value) => typeof value === "boolean", says: "must be true or false" },
  required: { takes: areNames, says: "must be a list of names" },
  dependentRequired: { takes: (value) => isObject(value) && Object.values(value).every(areNames), says: "must hold lists of names" },
  pattern: {
    takes: isPattern,
    says: `must be an expression of RE2 of at most ${mostPattern} characters: no look-around, no back references`,
  },
};

/** Keywords that hold a schema, a list of schemas, or schemas by name. */
const holders: ReadonlyMap<string, "one" | "list" | "map"> = new Map([
  ...["not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames"].map(
    (keyword) => [keyword, "one"] as const,
  ),
  ...["allOf", "anyOf", "oneOf", "prefixItems"].map((keyword) => [keyword, "list"] as const),
  ...["properties", "dependentSchemas", "$defs", "definitions"].map((keyword) => [keyword, "map"] as const),
]);

/** Keywords that would ask something of a value, and that are not applied here: better refused than passed over. */
const refused = new Set([
  ...["$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor", "patternProperties", "additionalItems", "dependencies"],
  ...["unevaluatedItems", "unevaluatedProperties"],
]);

/** Matches in time that grows with the text alone, whatever the expression. */
function isPattern(value: JsonValue): boolean {
  if (typeof value !== "string" || value.length > mostPattern) return false;
  try {
    RE2JS.compile(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads a JSON Schema of draft 2020-12 so that it can be applied. Nothing is fetched, nothing is made code of: references lead to
 * parts of the schema itself, and what is not understood is a fault.
 */
export function checkSchema(root: JsonValue): { readonly schema: Schema } | { readonly fault: Fault } {
  const parts = new Map<string, boolean | JsonObject>();
  const references: { readonly pointer: string; readonly to: string }[] = [];

  function visit(value: JsonValue, pointer: string): Fault | undefined {
    if (parts.size === mostParts) return { pointer, rule: "schema", message: `has more than ${mostParts} parts` };
    if (typeof value === "boolean") {
      parts.set(pointer, value);
      return undefined;
    }
    if (!isObject(value)) return { pointer, rule: "schema", message: "must be an object, true or false" };
    parts.set(pointer, value);
    for (const [keyword, argument] of Object.entries(value)) {
      const at = pointerTo(pointer, keyword);
      const wrong = refused.has(keyword)
        ? { pointer: at, rule: keyword, message: "is not among the keywords that can be used here" }
        : (plainFault(keyword, argument, at) ?? referenceFault(keyword, argument, at) ?? innerFault(keyword, argument, at));
      if (wrong) return wrong;
    }
    return undefined;
  }

  function referenceFault(keyword: string, argument: JsonValue, pointer: string): Fault | undefined {
    if (keyword !== "$ref") return undefined;
    const to = typeof argument === "string" ? localPointer(argument) : undefined;
    if (to === undefined) return { pointer, rule: "$ref", message: 'must lead into the schema itself: "#", or "#/$defs/" and a name' };
    references.push({ pointer, to });
    return undefined;
  }

  function innerFault(keyword: string, argument: JsonValue, at: string): Fault | undefined {
    const kind = holders.get(keyword);
    if (kind === undefined) return undefined;
    if (kind === "one") return visit(argument, at);
    const fits = kind === "list" ? Array.isArray(argument) : isObject(argument);
    if (!fits) return { pointer: at, rule: keyword, message: kind === "list" ? "must be a list of schemas" : "must hold schemas by name" };
    for (const [key, inner] of Object.entries(argument as JsonObject)) {
      const fault = visit(inner, pointerTo(at, key));
      if (fault) return fault;
    }
    return undefined;
  }

  if (!isWithin(root, mostLevels)) return { fault: { pointer: "", rule: "schema", message: `is nested deeper than ${mostLevels} levels` } };
  const fault = visit(root, "");
  if (fault) return { fault };
  const astray = references.find(({ to }) => !parts.has(to));
  if (astray) return { fault: { pointer: astray.pointer, rule: "$ref", message: `leads to no schema: there is none at "#${astray.to}"` } };
  return { schema: parts };
}

function plainFault(keyword: string, argument: JsonValue, pointer: string): Fault | undefined {
  const rule = Object.hasOwn(plain, keyword) ? plain[keyword] : undefined;
  return rule && !rule.takes(argument) ? { pointer, rule: keyword, message: rule.says } : undefined;
}

/** The JSON pointer that a reference within the same document has; undefined where it is none. */
export function localPointer(reference: string): string | undefined {
  if (reference !== "#" && !reference.startsWith("#/")) return undefined;
  try {
    return decodeURIComponent(reference.slice(1));
  } catch {
    return undefined;
  }
}
