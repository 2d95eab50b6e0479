import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ExecutionMode } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { CreateSnapshotRequestSchema } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { newId, noId } from "@signalbox/runtime/ids.ts";
import { describe, expect, test } from "vitest";
import { contentOf } from "./content.ts";

const [project, pipeline] = [newId(), newId()];

function content(request: MessageInitShape<typeof CreateSnapshotRequestSchema>, stack = noId, build = noId) {
  return contentOf(create(CreateSnapshotRequestSchema, { project: "p", pipeline: "train", ...request }), {
    ...{ project, pipeline, stack, build },
    ...{ codeRepository: noId, template: noId, sourceSnapshot: noId },
  });
}

const steps = [{ name: "load" }, { name: "fit", upstream: ["load"], configuration: { text: '{"b":1,"a":2}' } }];

describe("content", () => {
  test("is the same however it is asked for", () => {
    const { contentHash } = content({ steps });
    expect(content({ steps, id: "x", name: "named", description: "d", tags: ["t"], replace: true }).contentHash).toBe(contentHash);
    expect(content({ steps: steps.map((step) => ({ ...step, maxAttempts: 1 })), executionMode: ExecutionMode.FAIL_FAST }).contentHash).toBe(
      contentHash,
    );
    expect(content({ steps: [{ name: "load" }, { ...steps[1], upstream: ["load", "load"] }] }).contentHash).toBe(contentHash);
  });

  test.each([
    ["a document's key order", { steps: [steps[0], { ...steps[1], configuration: { text: '{"a":2,"b":1}' } }] }],
    ["a step's edges", { steps: [steps[0], { ...steps[1], upstream: [] }] }],
    ["the mode", { steps, executionMode: ExecutionMode.CONTINUE_ON_FAILURE }],
    ["the source", { steps, sourceCode: "def train(): ..." }],
    ["the specification", { steps, specification: { text: "{}" } }],
    ["the environment", { steps, environment: { text: "{}" } }],
    ["the code", { steps, code: { commit: "abc" } }],
    ["an empty code reference", { steps, code: {} }],
  ])("differs by %s", (_, request) => {
    expect(content(request as never).contentHash).not.toBe(content({ steps }).contentHash);
  });

  test("differs by the stack and by the build", () => {
    expect(content({ steps }, newId()).contentHash).not.toBe(content({ steps }).contentHash);
    expect(content({ steps }, noId, newId()).contentHash).not.toBe(content({ steps }).contentHash);
  });

  test("identifies a snapshot without a name, and the name one that has it", () => {
    expect(content({ steps }).identityHash).toEqual(content({ steps, id: "x" }).identityHash);
    expect(content({ steps, name: "a" }).identityHash).toEqual(content({ name: "a" }).identityHash);
    expect(content({ steps, name: "a" }).identityHash).not.toEqual(content({ steps }).identityHash);
  });
});

describe("steps", () => {
  test.each([
    ["steps[1].name", { steps: [{ name: "a" }, { name: "a" }] }],
    ["steps[0].upstream[0]", { steps: [{ name: "a", upstream: ["a"] }] }],
    ["steps[1].upstream[1]", { steps: [{ name: "a" }, { name: "b", upstream: ["a", "c"] }, { name: "c" }] }],
    ["steps", { steps: [{ name: "a" }], dynamic: true }],
    ["steps[0].configuration.text", { steps: [{ name: "a", configuration: { text: "{" } }] }],
    ["specification.text", { specification: { text: "nope" } }],
    ["environment.text", { environment: { text: "nope" } }],
  ])("%s is named where it is wrong", (field, request) => {
    expect(() => content(request)).toThrow(expect.objectContaining({ violations: [expect.objectContaining({ field })] }));
  });
});
