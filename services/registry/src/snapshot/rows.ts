import type { Micros } from "@signalbox/runtime/clock.ts";
import { type Id, newId, noId, toId, toIdOrNone } from "@signalbox/runtime/ids.ts";
import { documentHash } from "../documents.ts";
import type { SnapshotRow, SnapshotStepRow } from "../pipeline/tables.ts";
import { noRun } from "../run/tables.ts";
import type { SnapshotContent } from "./content.ts";

/** The row of a new snapshot. */
export function snapshotRow(content: SnapshotContent, workspaceId: Id, ownerId: Id, createTime: Micros, runnable: boolean): SnapshotRow {
  const { request, identityHash, contentHash } = content;
  const { name, description, executionMode, code, runNameTemplate, clientVersion, serverVersion, versionHash } = request;
  return {
    workspaceId,
    id: request.id ? toId(request.id) : newId(),
    ownerId,
    projectId: toId(request.project),
    pipelineId: toId(request.pipeline),
    ...{ name, description, runNameTemplate, clientVersion, serverVersion, versionHash },
    identityHash,
    stackId: request.stack ? toId(request.stack) : noId,
    executionMode,
    dynamic: Number(request.dynamic),
    configurationHash: documentHash(request.configuration?.text),
    environmentHash: documentHash(request.environment?.text),
    hasCode: Number(code !== undefined),
    codeRepository: code?.repository ?? "",
    codeRepositoryId: toIdOrNone(code?.codeRepository ?? ""),
    codeCommit: code?.commit ?? "",
    codePath: code?.path ?? "",
    codeDirty: Number(code?.dirty ?? false),
    contentHash,
    buildId: toIdOrNone(request.build),
    sourceCodeHash: documentHash(request.sourceCode),
    specificationHash: documentHash(request.specification?.text),
    archive: request.codePath,
    templateId: toIdOrNone(request.template),
    sourceSnapshotId: toIdOrNone(request.sourceSnapshot),
    runnable: Number(runnable),
    ...noRun,
    ...{ revision: 1, createTime, updateTime: createTime },
  };
}

export function stepRows({ request }: SnapshotContent, workspaceId: Id, snapshotId: Id): SnapshotStepRow[] {
  const positions = new Map(request.steps.map(({ name }, position) => [name, position]));
  return request.steps.map(({ name, upstream, configuration, codeHash, maxAttempts }, position) => ({
    workspaceId,
    snapshotId,
    position,
    name,
    upstream: JSON.stringify(upstream.map((each) => positions.get(each))),
    configurationHash: documentHash(configuration?.text),
    codeHash,
    maxAttempts,
  }));
}

/** Every document that a snapshot refers to. */
export function documentsOf({ request: { configuration, environment, specification, sourceCode, steps } }: SnapshotContent): string[] {
  const documents = [configuration, environment, specification, ...steps.map((step) => step.configuration)];
  return [...documents.flatMap((json) => json?.text ?? []), ...(sourceCode === "" ? [] : [sourceCode])];
}
