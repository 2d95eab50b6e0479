import { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { expect, test } from "vitest";
import { checkVersionName, soughtBy } from "./name.ts";

test.each([
  ["3", { column: "number", value: 3 }],
  ["latest", "latest"],
  ["production", { column: "stage", value: ModelStage.PRODUCTION }],
  ["archived", { column: "stage", value: ModelStage.ARCHIVED }],
  ["v3", { column: "called", value: "v3" }],
  ["1.0", { column: "called", value: "1.0" }],
  ["99999999999999999999", { column: "called", value: "99999999999999999999" }],
  ["@champion", { alias: "champion" }],
  ["@3", { alias: "3" }],
  ["0190f3a4-7c1e-7000-8000-000000000001", { column: "id", value: toId("0190f3a4-7c1e-7000-8000-000000000001") }],
  ["constructor", { column: "called", value: "constructor" }],
])("%s is looked for as it says", (version, sought) => {
  expect(soughtBy(version)).toEqual(sought);
});

test.each(["", "1.0", "v3", "2026-01-31", "latest-1", "🚀"])("%s is a name", (name) => {
  expect(() => checkVersionName(name)).not.toThrow();
});

test.each(["3", "@champion", "007", "-1", "latest", "Latest", "staging", "PRODUCTION", "archived", "0190f3a4-7c1e-7000-8000-000000000001"])(
  "%s is not",
  (name) => {
    expect(() => checkVersionName(name)).toThrow("name: ");
  },
);
