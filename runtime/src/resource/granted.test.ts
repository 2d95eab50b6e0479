import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { expect, test } from "vitest";
import { newId, toUuid } from "../ids.ts";
import type { Granted } from "../policy/grant.ts";
import { Call } from "../rpc/call.ts";
import { grantedId, grantedProject, grantedScope } from "./granted.ts";

const id = newId();

function callWith(granted: Granted | undefined): Call {
  const call = new Call({ method: RunService.method.getRun, wire: "direct", header: () => undefined });
  call.granted = granted;
  return call;
}

test("what authorize found is what the handler gets", () => {
  const call = callWith({ resource: { id: toUuid(id) }, visible: { all: true } });
  expect([grantedId(call), grantedProject(call), grantedScope(call)]).toEqual([id, id, { all: true }]);
});

test("a list may be bounded to no project", () => {
  expect(grantedProject(callWith({ visible: { all: true } }))).toBeUndefined();
});

test("a handler that asks for what its access rule does not find fails aloud", () => {
  expect(() => grantedId(callWith(undefined))).toThrow("GetRun names a resource");
  expect(() => grantedScope(callWith({ resource: { id: toUuid(id) } }))).toThrow("GetRun is bounded by a scope");
});
