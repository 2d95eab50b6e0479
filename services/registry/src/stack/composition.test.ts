import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { newId, toUuid } from "@signalbox/runtime/ids.ts";
import { expect, test } from "vitest";
import { checkComposition, checkDistinct } from "./composition.ts";

const { ORCHESTRATOR, ARTIFACT_STORE, ALERTER } = ComponentType;

test.each([[[ORCHESTRATOR, ARTIFACT_STORE]], [[ARTIFACT_STORE, ALERTER, ORCHESTRATOR, ARTIFACT_STORE]]])("%j make a stack", (types) => {
  expect(() => checkComposition(types)).not.toThrow();
});

test.each([
  [[], "exactly one orchestrator, not 0"],
  [[ORCHESTRATOR, ORCHESTRATOR, ARTIFACT_STORE], "exactly one orchestrator, not 2"],
  [[ORCHESTRATOR, ALERTER], "at least one artifact store"],
])("%j do not: %s", (types, text) => {
  expect(() => checkComposition(types)).toThrow(text);
});

test("a component stands in a stack once, however its id is written", () => {
  const id = toUuid(newId());
  expect(() => checkDistinct([toUuid(newId()), id])).not.toThrow();
  expect(() => checkDistinct([id, id.toUpperCase()])).toThrow("components[1]");
});
