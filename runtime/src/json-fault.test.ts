import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { ExchangeTokenRequestSchema } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { EndStepRequestSchema } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { expect, test } from "vitest";
import { jsonFault, misfit } from "./json-fault.ts";

const faultOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

test.each([
  "secret",
  '"secret',
  '{"a": "secret" b}',
  '{"a": secret}',
  `{"a": "secret", ${" ".repeat(100)} x}`,
  '{"secret\n": 1}',
  "[1,]secret",
])("what is wrong with %j is told without showing it", (text) => {
  const fault = jsonFault(faultOf(() => JSON.parse(text)));
  expect(fault).toMatch(/JSON|Unexpected|Expected/);
  expect(fault).not.toContain("secret");
});

test.each([
  ["secret", "another value"],
  [{ controlPlane: "secret" }, "control_plane from JSON: expected boolean, got another value"],
  [{ controlPlane: 20241122 }, "got another value"],
  [{ credential: 20241122 }, "credential from JSON: expected string, got another value"],
  [{ credential: ["secret"] }, "got"],
  [["secret"], "cannot decode"],
] as [JsonValue, string][])("that %j does not fit is told without showing it", (json, expected) => {
  const text = misfit(
    faultOf(() => fromJson(ExchangeTokenRequestSchema, json)),
    ExchangeTokenRequestSchema,
  );
  expect(text).toContain(expected);
  expect(text).not.toMatch(/secret|20241122/);
});

test("a field that there is none of is named", () => {
  const fault = faultOf(() => fromJson(ExchangeTokenRequestSchema, { nonsense: 1 }));
  expect(misfit(fault, ExchangeTokenRequestSchema)).toContain('key "nonsense" is unknown');
});

test("a value that an enum does not have is told of with those that it has", () => {
  const fault = misfit(
    faultOf(() => fromJson(EndStepRequestSchema, { ended: { status: "secret" } })),
    EndStepRequestSchema,
  );
  expect(fault).toMatch(
    /^cannot decode enum signalbox.runs.v1.Status from JSON: another value, not one of STATUS_INITIALIZING, .*STATUS_COMPLETED, STATUS_FAILED/,
  );
});
