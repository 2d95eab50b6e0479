import { create } from "@bufbuild/protobuf";
import { CodeReferenceSchema } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { GetLineageResponseSchema } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { expect, test } from "vitest";
import { renderLineage } from "./lineage-tree.ts";

const artifacts = ["weights", "train", "penguins", "labels"].map((name) => ({ artifactVersion: name, artifactName: name, version: "1" }));
const step = (name: string, inputs: readonly string[], outputs: readonly string[], status: Status = Status.COMPLETED) => ({
  id: `${name} ${status}`,
  run: "run",
  name,
  status,
  inputs: inputs.map((artifactVersion) => ({ name: "in", artifactVersion })),
  outputs: outputs.map((artifactVersion) => ({ name: "out", artifactVersion })),
});

const code = create(CodeReferenceSchema, { commit: "9c1e2f7aa", path: "examples/penguins/pipeline.ts" });

test("a chain is one line that ends with the code", () => {
  const lineage = create(GetLineageResponseSchema, {
    artifacts,
    steps: [step("train rate=0.1", ["train"], ["weights"]), step("split", ["penguins"], ["train"]), step("load", [], ["penguins"])],
  });
  expect(renderLineage("weights", lineage, () => code)).toEqual([
    "weights:1 ← train rate=0.1 ← train:1 ← split ← penguins:1 ← load (git 9c1e2f7, examples/penguins/pipeline.ts)",
  ]);
});

test("several inputs branch, and what stands above is not repeated", () => {
  const lineage = create(GetLineageResponseSchema, {
    artifacts,
    steps: [
      step("train", ["train", "labels"], ["weights"]),
      step("split", ["penguins"], ["train", "labels"]),
      step("load", [], ["penguins"]),
    ],
    truncated: true,
  });
  expect(renderLineage("weights", lineage)).toEqual([
    "weights:1 ← train",
    "├─ train:1 ← split ← penguins:1 ← load",
    "└─ labels:1 ← split (above)",
    "… and more",
  ]);
});

test("of a cached step and the one that computed, the latter is shown", () => {
  const lineage = create(GetLineageResponseSchema, {
    artifacts,
    steps: [step("again", [], ["penguins"], Status.CACHED), step("load", [], ["penguins"])],
  });
  expect(renderLineage("penguins", lineage)).toEqual(["penguins:1 ← load"]);
});
