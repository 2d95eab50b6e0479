import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { expect, test } from "vitest";
import { newId, toUuid } from "../ids.ts";
import { checkName, nameTaken } from "./names.ts";

test.each(["default", "Über 9000 🚀", "0190-not-quite", `${toUuid(newId())}x`])("%s is a name", (name) => {
  expect(() => checkName(name)).not.toThrow();
});

test.each(["", toUuid(newId()), toUuid(newId()).toUpperCase()])("%j is none", (name) => {
  expect(() => checkName(name)).toThrow("name: ");
});

test("the field that is wrong is named", () => {
  expect(() => checkName(toUuid(newId()), "display")).toThrow("display: looks like an id");
});

test("a taken name is told with its type", () => {
  expect(nameTaken("stack", "a")).toMatchObject({ reason: Reason.NAME_TAKEN, metadata: { type: "stack", name: "a" } });
});
