import { expect, test } from "vitest";
import { newId } from "../ids.ts";
import { differing, keyOf } from "./change.ts";
import { sameLabels } from "./labels.ts";

test("a patch changes what differs, bytes by their content", () => {
  const row = { name: "a", hash: Buffer.alloc(2), revision: 3 };
  expect(differing(row, { name: "a", hash: Buffer.alloc(2) })).toEqual({});
  expect(differing(row, { name: "b", hash: Buffer.alloc(2, 1) })).toEqual({ name: "b", hash: Buffer.alloc(2, 1) });
});

test("a row of the control plane is found by its id alone", () => {
  const [workspaceId, id] = [newId(), newId()];
  expect(keyOf({ workspaceId, id })).toEqual({ workspaceId, id });
  expect(keyOf({ id })).toEqual({ id });
});

test.each([
  [{}, {}, true],
  [{ a: "1", b: "2" }, { b: "2", a: "1" }, true],
  [{ a: "1" }, { a: "2" }, false],
  [{ a: "1" }, { b: "1" }, false],
  [{}, { a: "" }, false],
])("labels %j and %j are the same: %s", (a, b, expected) => {
  expect(sameLabels(a, b)).toBe(expected);
});
