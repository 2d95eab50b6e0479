import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { CreateComponentRequestSchema } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { EndStepRequestSchema } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { GetRunRequestSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { expect, test } from "vitest";
import type { Call } from "../rpc/call.ts";
import { validate } from "./validate.ts";

function refusal<S extends DescMessage>(input: S, request: MessageInitShape<S>): string {
  const ask = validate().unary(() => Promise.reject(new Error("it was let through")));
  try {
    void ask(create(input, request), { method: { input } } as unknown as Call);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

test("broken rules are told in words", () => {
  expect(refusal(GetRunRequestSchema, { run: "" })).toBe("run: must not be empty");
  expect(refusal(GetRunRequestSchema, { run: " x" })).toBe("run: must have no white space at its ends and no control characters");
  expect(refusal(EndStepRequestSchema, { run: crypto.randomUUID(), step: "a", ended: { status: 4 } })).toBe(
    "ended.status: must be one of STATUS_COMPLETED, STATUS_FAILED, STATUS_STOPPED, STATUS_CACHED, STATUS_SKIPPED",
  );
  expect(refusal(CreateComponentRequestSchema, { name: "x", flavor: "s3" })).toMatch(/^type: must be one of COMPONENT_TYPE_[A-Z_]+, /);
});
