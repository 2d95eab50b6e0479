import type { BulkTable, ColumnsOf } from "@signalbox/runtime/store/dialect/bulk.ts";
import type { PlannedTable } from "../planned/tables.ts";
import type { OverrideTable } from "../replay/tables.ts";
import type { RunTraitTable } from "../run/tables.ts";
import type { StepCodeTable, StepTraitTable } from "../step/tables.ts";
import type {
  ChildTable,
  EventTable,
  FactTable,
  InputTable,
  MetadataTable,
  OutputTable,
  PointTable,
  RunsTables,
  RunTable,
  SeriesTable,
  StepTable,
} from "../tables.ts";

const table = <Row>(name: string, columns: ColumnsOf<Row>): BulkTable => ({ name, columns: columns as BulkTable["columns"] });

const edge: ColumnsOf<OutputTable> = { workspaceId: "id", runId: "id", stepId: "id", name: "name", artifactVersionId: "id" };

/** The tables that reports are written to, as {@link Bulk} wants them. */
export const inputs = table<Omit<InputTable, "place">>("runs_input", { ...edge, kind: "enum" });
/** Inputs of which a place is told, which few are. */
export const placedInputs = table<InputTable>("runs_input", { ...edge, kind: "enum", place: "name" });
export const outputs = table<OutputTable>("runs_output", edge);
export const codes = table<StepCodeTable>("runs_step_code", {
  ...{ workspaceId: "id", runId: "id", stepId: "id", docstring: "hash", sourceCode: "hash" },
});
export const traits = table<StepTraitTable>("runs_step_trait", {
  ...{ workspaceId: "id", runId: "id", stepId: "id", projectId: "id", kind: "enum", modelVersionId: "id" },
  ...{ substitutions: "hash", cacheExpiresTime: "time" },
});
export const runTraits = table<RunTraitTable>("runs_run_trait", {
  ...{ workspaceId: "id", runId: "id", projectId: "id", createTime: "time" },
  ...{ buildId: "id", templateId: "id", sourceSnapshotId: "id", codeRepositoryId: "id", codeCommit: "name", modelVersionId: "id" },
  ...{ parentStepId: "id", templatable: "flag", orchestratorEnvironment: "hash", exception: "hash", outputs: "hash" },
});
export const overrides = table<OverrideTable>("runs_override", {
  ...{ workspaceId: "id", runId: "id", step: "name", input: "name", artifactVersionId: "id" },
});
export const planned = table<PlannedTable>("runs_planned", {
  ...{ workspaceId: "id", runId: "id", name: "name", revision: "int", position: "int", upstream: "text" },
});
export const events = table<EventTable>("runs_event", {
  ...{ workspaceId: "id", runId: "id", revision: "int", position: "int" },
  ...{ time: "time", kind: "name", step: "name", attempt: "int" },
});
export const metadata = table<MetadataTable>("runs_metadata", {
  ...{ workspaceId: "id", runId: "id", id: "id", step: "name", attempt: "int" },
  ...{ key: "name", value: "bytes", componentId: "id", time: "time", createTime: "time" },
});
export const facts = table<FactTable>("runs_fact", {
  ...{ workspaceId: "id", runId: "id", stepId: "id", key: "name" },
  ...{ value: "bytes", number: "float", text: "name" },
});
export const series = table<SeriesTable>("runs_series", {
  ...{ workspaceId: "id", runId: "id", stepId: "id", name: "name", id: "id" },
  ...{ count: "int", min: "float", max: "float", last: "float", lastIndex: "int" },
});
export const points = table<PointTable>("runs_point", { workspaceId: "id", seriesId: "id", index: "int", value: "float", time: "time" });

const mutableStep = {
  ...{ latest: "flag", status: "enum", statusReason: "text", upstream: "text", cacheKey: "name", codeHash: "name" },
  ...{ parameters: "hash", configuration: "hash", exception: "hash", cachedFromId: "id", cachedFromRun: "name", endHash: "hash" },
  ...{ parts: "enum", startTime: "time", endTime: "time", heartbeatTime: "time", heartbeatTimeout: "int" },
  ...{ heartbeatExpiresTime: "time", revision: "int", updateTime: "time" },
} as const satisfies Partial<ColumnsOf<StepTable>>;

/** Steps, and what of them changes after their first report. */
export const steps = table<StepTable>("runs_step", {
  ...{ workspaceId: "id", runId: "id", position: "int", id: "id", projectId: "id", name: "name", attempt: "int", createTime: "time" },
  ...mutableStep,
});
export const mutableOfStep = Object.keys(mutableStep);

const mutableRun = {
  ...{ status: "enum", statusReason: "text", inProgress: "flag", stopping: "enum", ended: "enum", pause: "enum", answers: "int" },
  generation: "int",
  ...{ pending: "int", unfinished: "int", retrying: "int", completed: "int", cached: "int", failed: "int", skipped: "int" },
  ...{ stopped: "int", blocked: "int", positions: "int", parts: "enum", startTime: "time", endTime: "time", closedTime: "time" },
  ...{ heartbeatTime: "time", heartbeatTimeout: "int", heartbeatExpiresTime: "time", revision: "int", updateTime: "time" },
} as const satisfies Partial<ColumnsOf<RunTable>>;

/** Runs, as far as reports change them. */
export const runs: BulkTable = { name: "runs_run", columns: { workspaceId: "id", id: "id", ...mutableRun } };
/** Runs as they are created. */
export const newRuns = table<RunTable>("runs_run", {
  ...{ workspaceId: "id", id: "id", projectId: "id", pipelineId: "id", pipelineName: "name", snapshotId: "id", stackId: "id" },
  ...{ ownerId: "id", name: "name", orchestratorRun: "name", claimKey: "hash", index: "int", executionMode: "enum", dynamic: "flag" },
  ...{ parentRunId: "id", childKey: "name", rootRunId: "id", nested: "flag", originalRunId: "id" },
  ...{ plan: "hash", planned: "int", parameters: "hash", contentHash: "hash", createTime: "time" },
  ...mutableRun,
});
export const children = table<ChildTable>("runs_child", { workspaceId: "id", parentRunId: "id", key: "name", runId: "id" });
export const counters = table<RunsTables["runsCounter"]>("runs_counter", { workspaceId: "id", pipelineId: "id", value: "int" });
export const mutableOfRun = Object.keys(mutableRun);
