import { expect, test } from "vitest";
import { withoutMembers } from "./members.ts";

test.each([
  ['{"b": 1, "1": 2,  "a":null}', '{"b": 1, "1": 2,  "a":null}'],
  ['{"secret": "x"}', "{}"],
  ['{"b": 12345678901234567890, "secret": "x", "1": [1, {"secret": 2}]}', '{"b": 12345678901234567890, "1": [1, {"secret": 2}]}'],
  ['{"a": "},\\"secret\\": {", "secret": "x", "\\u0073ecret": "y", "z": 1.0}', '{"a": "},\\"secret\\": {", "z": 1.0}'],
  ['{"a\\\\": "\\\\", "secret": "\\""}', '{"a\\\\": "\\\\"}'],
  [' {\n  "secret": {"a": [1, 2]},\n  "b": 1\n}\n', '{\n  "b": 1\n}'],
  ["{}", "{}"],
])("what is left of %s is as it was spelled", (text, left) => {
  expect(withoutMembers(text, new Set(["secret"]))).toBe(left);
  expect(JSON.parse(left)).not.toHaveProperty("secret");
});
