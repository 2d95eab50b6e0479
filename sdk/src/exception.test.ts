import { expect, test } from "vitest";
import { toException } from "./exception.ts";

test("what was thrown is told with the line of the user's code, and those around it", () => {
  const { type, message, line, source } = toException(new RangeError("far too much"));
  expect({ type, message }).toEqual({ type: "RangeError", message: "far too much" });
  expect(line).toBe(5);
  expect(source).toContain('> 5 |   const { type, message, line, source } = toException(new RangeError("far too much"));');
  expect(source?.split("\n")[0]).toBe('  1 | import { expect, test } from "vitest";');
});

test("what is no error, or came from no file, is told without a place", () => {
  expect(toException("no")).toEqual({ type: "string", message: "no" });
  const error = Object.assign(new Error("no"), { stack: "Error: no\n    at <anonymous>" });
  expect(toException(error)).toMatchObject({ message: "no" });
  expect(toException(error).line).toBeUndefined();
});
