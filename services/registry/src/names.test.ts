import { newId, toUuid } from "@signalbox/runtime/ids.ts";
import { expect, test } from "vitest";
import { checkName } from "./names.ts";

test.each(["default", "Über 9000 🚀", "0190-not-quite", `${toUuid(newId())}x`])("%s is a name", (name) => {
  expect(() => checkName(name)).not.toThrow();
});

test.each([toUuid(newId()), toUuid(newId()).toUpperCase()])("%s is refused: it is an id", (name) => {
  expect(() => checkName(name, "display")).toThrow("display: looks like an id");
});
