import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { findMethod } from "./find-method.ts";
import { methods } from "./services.ts";
import { summariesIn } from "./summaries.ts";

test("the generated code says what each method does", () => {
  const file = createRequire(import.meta.url).resolve("@signalbox/gen/signalbox/runs/v1/run_service_pb.ts");
  const summaries = summariesIn(readFileSync(file, "utf8"));
  expect(summaries.get("signalbox.runs.v1.RunService.GetRun")).toBe("Reads one run.");
  expect(summaries.size).toBe(findMethod("RunService/GetRun").parent.methods.length);
});

test.each([
  "signalbox.runs.v1.RunService/GetRun",
  "runs.v1.RunService/GetRun",
  "/signalbox.runs.v1.RunService/GetRun",
  "RunService/GetRun",
  "getrun",
])("%s names a method", (name) => {
  expect(findMethod(name).name).toBe("GetRun");
});

test("every method of the contract can be named", () => {
  for (const method of methods) expect(findMethod(`${method.parent.typeName}/${method.name}`)).toBe(method);
});
