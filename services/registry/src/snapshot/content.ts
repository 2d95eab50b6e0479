import { create } from "@bufbuild/protobuf";
import { ExecutionMode, type StepSpec, StepSpecSchema } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { type CreateSnapshotRequest, CreateSnapshotRequestSchema } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import { jsonText } from "@signalbox/runtime/resource/json.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import { identityOf } from "./names.ts";

/** What a request means: references found, defaults filled in, so that the same meaning has the same hash. */
export interface SnapshotContent {
  readonly request: CreateSnapshotRequest;
  /** SHA-256 of all that it can be told by, in hexadecimal digits: not its id, name, description and tags. */
  readonly contentHash: string;
  /** SHA-256 of what no other snapshot of the pipeline may have: its name, or its content where it has none. */
  readonly identityHash: Buffer;
}

/** Fails with FIELD_INVALID where steps contradict each other or a document is not JSON. */
export function contentOf(
  asked: CreateSnapshotRequest,
  found: Readonly<Record<"project" | "pipeline" | "stack" | "build" | "codeRepository" | "template" | "sourceSnapshot", Id>>,
): SnapshotContent {
  if (asked.dynamic && asked.steps.length > 0) throw fieldInvalid("steps", "a dynamic pipeline gets its steps while it runs");
  jsonText(asked.configuration, "configuration");
  jsonText(asked.environment, "environment");
  jsonText(asked.specification, "specification");
  const request = create(CreateSnapshotRequestSchema, {
    ...asked,
    project: toUuid(found.project),
    pipeline: toUuid(found.pipeline),
    stack: toUuidOrNone(found.stack),
    build: toUuidOrNone(found.build),
    template: toUuidOrNone(found.template),
    sourceSnapshot: toUuidOrNone(found.sourceSnapshot),
    executionMode: asked.executionMode || ExecutionMode.FAIL_FAST,
    steps: stepsOf(asked.steps),
    ...(asked.code && {
      code: { ...asked.code, codeRepository: toUuidOrNone(found.codeRepository), id: "", url: "" },
    }),
  });
  const content = contentHash(CreateSnapshotRequestSchema, request, ["id", "name", "replace", "description", "tags"]);
  return {
    request,
    contentHash: content.toString("hex"),
    identityHash: request.name === "" ? identityOf("content", content) : identityOf("name", request.name),
  };
}

function stepsOf(steps: readonly StepSpec[]): StepSpec[] {
  const before = new Set<string>();
  return steps.map((step, i) => {
    if (before.has(step.name)) throw fieldInvalid(`steps[${i}].name`, `another step is called "${step.name}" already`, "repeated.unique");
    for (const [j, name] of step.upstream.entries()) {
      if (!before.has(name))
        throw fieldInvalid(`steps[${i}].upstream[${j}]`, `"${name}" is not the name of a step that stands before this one`);
    }
    jsonText(step.configuration, `steps[${i}].configuration`);
    before.add(step.name);
    return create(StepSpecSchema, { ...step, upstream: [...new Set(step.upstream)], maxAttempts: step.maxAttempts || 1 });
  });
}
