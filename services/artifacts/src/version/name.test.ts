import { newId, toUuid } from "@signalbox/runtime/ids.ts";
import { describe, expect, test } from "vitest";
import { checkVersionName, soughtBy } from "./name.ts";

describe("versions", () => {
  test.each([
    ["3", { column: "number", value: 3 }],
    ["latest", "latest"],
    ["v3", { column: "version", value: "v3" }],
    ["99999999999999999999", { column: "version", value: "99999999999999999999" }],
  ])("%s is looked for as it says", (version, sought) => {
    expect(soughtBy(version)).toEqual(sought);
  });

  test.each(["1.0", "v3", "2026-01-31", "🚀"])("%s is a name", (name) => {
    expect(() => checkVersionName(name, "version")).not.toThrow();
  });

  test.each(["3", "007", "+1", "Latest", toUuid(newId())])("%s is no name", (name) => {
    expect(() => checkVersionName(name, "versions[2].version")).toThrow("versions[2].version: ");
  });
});
