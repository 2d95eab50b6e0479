import { expect, test } from "vitest";
import { deserialize, serialize } from "./serializer.ts";

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;

test.each([
  ["text", "text", "grüße"],
  ["bytes", "bytes", Uint8Array.of(1, 2)],
  ["an object", "json", { a: [1, null, true, "x"], b: { c: 1.5 } }],
  ["null", "json", null],
  ["a key that looks like a prototype", "json", JSON.parse('{"__proto__": 1}')],
  ["a typed array", "typed-array", Float64Array.of(1.5, Number.NaN, -0)],
  ["large integers", "typed-array", BigInt64Array.of(2n ** 60n)],
])("%s comes back as it went", (_name, serializer, value) => {
  const saved = serialize("x", value);
  expect(saved.serializer).toBe(serializer);
  expect(deserialize(saved)).toEqual(value);
});

test("a view of a larger buffer is saved alone", () => {
  const saved = serialize("x", new Float32Array(Float32Array.of(1, 2, 3).buffer, 4, 1));
  expect([saved.bytes.length, saved.itemCount, deserialize(saved)]).toEqual([4, 1, Float32Array.of(2)]);
});

test.each([
  ["undefined", undefined, '"x" is undefined'],
  ["a Map", { rows: new Map() }, '"x".rows is a Map'],
  ["a hole", [1, undefined], '"x"[1] is undefined'],
  ["no number", [Number.NaN], '"x"[0] is NaN'],
  ["a bigint", 1n, '"x" is a bigint'],
  ["an instance", new URL("http://a"), '"x" is a URL'],
  ["a cycle", cyclic, "nests deeper than 200, or contains itself"],
])("%s is refused by its place", (_name, value, text) => {
  expect(() => serialize("x", value)).toThrow(text);
});

test("bytes of another reader are refused", () => {
  expect(() => deserialize({ bytes: Uint8Array.of(), serializer: "pickle", dataType: "DataFrame" })).toThrow(
    'no reader for serializer "pickle"',
  );
});
