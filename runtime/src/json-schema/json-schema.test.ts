import { describe, expect, test } from "vitest";
import { checkSchema, type Fault } from "./check.ts";
import type { JsonValue } from "./json.ts";
import { faultIn } from "./satisfy.ts";

function judge(schema: JsonValue, value: JsonValue): Fault | undefined {
  const checked = checkSchema(schema);
  if ("fault" in checked) throw new Error(`${checked.fault.pointer} ${checked.fault.message}`);
  return faultIn(checked.schema, value);
}

const person = {
  type: "object",
  required: ["approve"],
  additionalProperties: false,
  properties: { approve: { type: "boolean" }, note: { type: "string", maxLength: 5 }, share: { type: "number", minimum: 0, maximum: 1 } },
};
const tree = { $defs: { node: { properties: { next: { $ref: "#/$defs/node" }, v: { type: "integer" } } } }, $ref: "#/$defs/node" };

describe("an answer", () => {
  test.each<[string, JsonValue, JsonValue, string | undefined]>([
    ["is what was asked for", person, { approve: true, note: "ok", share: 0.5 }, undefined],
    ["is of another type", person, { approve: "yes" }, "/approve type"],
    ["lacks a property", person, {}, " required"],
    ["has a property that nobody asked for", person, { approve: true, more: 1 }, " additionalProperties"],
    ["has __proto__ like any other name", person, JSON.parse('{"approve": true, "__proto__": 1}'), " additionalProperties"],
    ["has a text that is too long, counted in characters", person, { approve: true, note: "ääääää" }, "/note maxLength"],
    ["has a text of characters beyond 16 bits", person, { approve: true, note: "😀😀😀😀😀" }, undefined],
    ["is too large a number", person, { approve: true, share: 1.5 }, "/share maximum"],
    ["is a whole number however it is written", { type: "integer" }, 1.0, undefined],
    ["is a multiple in decimals", { multipleOf: 0.1 }, 0.3, undefined],
    ["is no multiple", { multipleOf: 0.1 }, 0.35, " multipleOf"],
    ["is one of some", { enum: ["a", { b: 1, c: 2 }] }, { c: 2, b: 1 }, undefined],
    ["is none of some", { enum: ["a"] }, "b", " enum"],
    ["is another constant", { const: null }, 0, " const"],
    ["fits a pattern", { pattern: "^v\\d+$" }, "v12", undefined],
    ["fits no pattern", { pattern: "^v\\d+$" }, "12", " pattern"],
    [
      "has an item twice",
      { uniqueItems: true },
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      " uniqueItems",
    ],
    ["has items by their place", { prefixItems: [{ type: "string" }], items: { type: "number" } }, ["a", 1, "b"], "/2 type"],
    ["has too few of a kind", { contains: { const: 1 }, minContains: 2 }, [1, 2], " contains"],
    ["is none of the kinds", { anyOf: [{ type: "string" }, { type: "null" }] }, 1, " anyOf"],
    ["is of two kinds", { oneOf: [{ type: "number" }, { minimum: 0 }] }, 1, " oneOf"],
    ["is what it must not be", { not: { type: "string" } }, "a", " not"],
    ["follows a condition", JSON.parse('{"if": {"required": ["a"]}, "then": {"required": ["b"]}}'), { a: 1 }, " required"],
    ["lies deep in what refers to itself", tree, { next: { next: { v: "x" } } }, "/next/next/v type"],
    ["has names with slashes", { properties: { "a/b": { type: "string" } } }, { "a/b": 1 }, "/a~1b type"],
    ["is refused whatever it is", false, 1, " false"],
    ["needs another", { dependentRequired: { a: ["b"] } }, { a: 1 }, " dependentRequired"],
    ["has a name that is not allowed", { propertyNames: { pattern: "^[a-z]+$" } }, { A: 1 }, " propertyNames"],
  ])("%s", (_, schema, value, wrong) => {
    const fault = judge(schema, value);
    expect(fault && `${fault.pointer} ${fault.rule}`).toBe(wrong);
  });
});

describe("a schema", () => {
  const doubling = { $defs: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`d${i}`, both(i)])), $ref: "#/$defs/d0" };
  function both(i: number): JsonValue {
    const next = { $ref: `#/$defs/d${i + 1}` };
    return i === 39 ? { type: "string" } : { anyOf: [next, next] };
  }

  test.each<[string, JsonValue, string]>([
    ["refers to elsewhere", { $ref: "https://example.com/schema" }, "/$ref $ref"],
    ["refers to nothing", { $ref: "#/$defs/none" }, "/$ref $ref"],
    ["uses what is not applied", { patternProperties: { a: true } }, "/patternProperties patternProperties"],
    ["has a pattern that looks around", { properties: { a: { pattern: "(?=a)b" } } }, "/properties/a/pattern pattern"],
    ["has a pattern that would be enormous", { pattern: "(a{1000}){1000}" }, "/pattern pattern"],
    ["has a type that there is none of", { type: "date" }, "/type type"],
    ["has no schema where one belongs", { items: 1 }, "/items schema"],
    ["is no schema", [], " schema"],
    ["is nested too deep", Array.from({ length: 40 }).reduce<JsonValue>((inner) => ({ not: inner }), true), " schema"],
    ["has too many parts", { anyOf: Array.from({ length: 2_001 }, () => true) }, "/anyOf/1999 schema"],
  ])("%s: refused with the place", (_, schema, wrong) => {
    const checked = checkSchema(schema);
    expect("fault" in checked ? `${checked.fault.pointer} ${checked.fault.rule}` : "taken").toBe(wrong);
  });

  test.each<[string, JsonValue, JsonValue, string]>([
    ["goes round in a circle", { $ref: "#" }, 1, "work"],
    ["doubles its work with each level", doubling, 1, "work"],
    ["has a pattern that would try everything", { pattern: "^(a+)+$" }, `${"a".repeat(50_000)}b`, "pattern"],
    ["meets an answer that is nested deep", true, JSON.parse(`${"[".repeat(10_000)}${"]".repeat(10_000)}`), "depth"],
    ["looks at a large answer again and again", { allOf: Array.from({ length: 500 }, () => ({ uniqueItems: true })) }, large(), "work"],
  ])("%s: the answer comes soon all the same", (_, schema, value, rule) => {
    const began = performance.now();
    expect(judge(schema, value)?.rule).toBe(rule);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

function large(): JsonValue {
  return Array.from({ length: 20_000 }, (_, i) => `${i}`);
}
