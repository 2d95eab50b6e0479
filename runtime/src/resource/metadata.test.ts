import { create } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { expect, test } from "vitest";
import { sameMetadata } from "./metadata.ts";

const float = (value: number): Value => create(ValueSchema, { kind: { case: "float", value } });
const text = (value: string): Value => create(ValueSchema, { kind: { case: "text", value } });

test.each([
  [{}, {}, true],
  [{ a: float(1), b: text("x") }, { b: text("x"), a: float(1) }, true],
  [{ a: float(1) }, { a: text("1") }, false],
  [{ a: float(1) }, { a: float(1), b: float(2) }, false],
  [{ a: float(1) }, { b: float(1) }, false],
])("metadata is compared key by key, and a value by its kind: %#", (a: Record<string, Value>, b: Record<string, Value>, expected) => {
  expect(sameMetadata(a, b)).toBe(expected);
});
