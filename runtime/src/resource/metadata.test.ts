import { create } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { expect, test } from "vitest";
import { sameMetadata } from "./metadata.ts";

const number = (value: number): Value => create(ValueSchema, { kind: { case: "number", value } });
const text = (value: string): Value => create(ValueSchema, { kind: { case: "text", value } });

test.each([
  [{}, {}, true],
  [{ a: number(1), b: text("x") }, { b: text("x"), a: number(1) }, true],
  [{ a: number(1) }, { a: text("1") }, false],
  [{ a: number(1) }, { a: number(1), b: number(2) }, false],
  [{ a: number(1) }, { b: number(1) }, false],
])("metadata is compared key by key, and a value by its kind: %#", (a: Record<string, Value>, b: Record<string, Value>, expected) => {
  expect(sameMetadata(a, b)).toBe(expected);
});
