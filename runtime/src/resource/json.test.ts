import { create } from "@bufbuild/protobuf";
import { ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { expect, test } from "vitest";
import { checkValues, jsonOf, jsonText } from "./json.ts";

test("a document stays as it was given", () => {
  expect(jsonText({ text: '{"b": 1e2, "a":1}' }, "configuration")).toBe('{"b": 1e2, "a":1}');
  expect(jsonText(undefined, "configuration")).toBe("");
});

test("what is not JSON is refused by its field", () => {
  expect(() => jsonText({ text: "{" }, "steps[0].configuration")).toThrow("steps[0].configuration.text: is not JSON");
});

test("an empty text is no document", () => {
  expect(jsonOf("")).toBeUndefined();
  expect(jsonOf("{}")).toEqual({ text: "{}" });
});

test("of values, the one that is wrong is named", () => {
  const value = (text: string) => create(ValueSchema, { kind: { case: "json", value: { text } } });
  expect(() => checkValues({ fine: value("1") }, "metadata")).not.toThrow();
  expect(() => checkValues({ fine: value("1"), odd: value("no") }, "metadata")).toThrow('metadata["odd"].json.text: is not JSON');
});
