import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@signalbox/gen/google/rpc/error_details_pb.ts";
import { type ArtifactVersion, ArtifactVersionSchema } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { type ModelVersion, ModelVersionSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { ModelService, ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import type { CreateSnapshotRequest } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { LineageService, type LineageStepSchema } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { type Report, ReportService, type RunEnded } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { type Run, RunSchema, Status, type StepInput, type StepOutput } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { type CreateRunRequest, RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { StepService } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import { reserving } from "./fake-reserving.ts";

export interface FakeStep {
  readonly id: string;
  readonly run: string;
  readonly name: string;
  attempt: number;
  status: Status;
  readonly statuses: Status[];
  cacheKey: string;
  cachedFrom: string;
  parameters: string;
  upstream: string[];
  inputs: StepInput[];
  outputs: StepOutput[];
  exception: string;
  readonly points: { name: string; index: number; value: number }[];
  readonly facts: Record<string, unknown>;
  beats: number;
}

export function failure(reason: string, code: Code, message = reason): ConnectError {
  return new ConnectError(message, code, undefined, [
    { desc: ErrorInfoSchema, value: create(ErrorInfoSchema, { reason, domain: "signalbox" }) },
  ]);
}

/** The services that the SDK speaks to, in memory, with the same words and none of the rules that do not matter here. */
export function createFakeBox() {
  const projectId = "00000000-0000-7000-8000-000000000001";
  const pipelines = new Set<string>();
  const models = new Set<string>();
  const snapshots: CreateSnapshotRequest[] = [];
  const runs = new Map<string, Run>();
  const created: CreateRunRequest[] = [];
  const ended: RunEnded[] = [];
  const steps = new Map<string, FakeStep>();
  const versions = new Map<string, ArtifactVersion>();
  const modelVersions: ModelVersion[] = [];
  const seen = new Map<string, bigint>();
  const speakers = new Map<string, (part: Part) => void>();
  type Part = NonNullable<MessageInitShape<typeof ReportService.method.report.output>["part"]>;
  const box = {
    ...{ pipelines, snapshots, runs, created, ended, steps, versions, modelVersions },
    /** How many tokens were issued. */
    tokens: 0,
    /** Is asked before a report is taken: what it gives is refused. */
    refuse: undefined as ((report: Report) => string | undefined) | undefined,
    stop: (run: string, force: boolean) =>
      speakers.get(run)?.({ case: "stop", value: { $typeName: "signalbox.runs.v1.StopSignal", force } }),
    step: (name: string): FakeStep => {
      const found = [...steps.values()].filter((step) => step.name === name).at(-1);
      if (!found) throw new Error(`no step "${name}" was reported`);
      return found;
    },
    run: (): Run => [...runs.values()].at(-1) as Run,
    routes,
    take,
  };

  function take(run: string, reporter: string, report: Report): string | undefined {
    const key = `${run} ${reporter}`;
    if (report.sequence <= (seen.get(key) ?? 0n)) return undefined;
    seen.set(key, report.sequence);
    const reason = box.refuse?.(report);
    if (reason) return reason;
    const { change } = report;
    const record = runs.get(run) as Run;
    if (change.case === "runEnded") {
      ended.push(change.value);
      const failed = [...steps.values()].some((step) => step.run === run && step.status === Status.FAILED);
      record.status = failed ? Status.FAILED : change.value.status;
      record.statusReason = change.value.reason;
    }
    if (!report.step) return undefined;
    const step = stepOf(run, report);
    if (change.case === "alive") step.beats += 1;
    if (change.case === "metadata")
      Object.assign(step.facts, Object.fromEntries(Object.entries(change.value.values).map(([name, value]) => [name, value.kind.value])));
    if (change.case === "metrics")
      for (const { name, index, value } of change.value.points) step.points.push({ name, index: Number(index), value });
    if (change.case === "started") {
      const { upstream, inputs, cacheKey, parameters } = change.value;
      const status = change.value.status || Status.RUNNING;
      Object.assign(step, {
        attempt: report.attempt,
        status,
        upstream,
        inputs,
        cacheKey,
        parameters: parameters?.text ?? "",
      });
      step.statuses.push(status);
    }
    if (change.case === "ended") {
      const { status, outputs, cachedFrom, exception } = change.value;
      Object.assign(step, { status, outputs, cachedFrom, exception: exception ? `${exception.type}: ${exception.message}` : "" });
      step.statuses.push(status);
    }
    return undefined;
  }

  function stepOf(run: string, { step: name }: Report): FakeStep {
    const present = steps.get(`${run} ${name}`);
    if (present) return present;
    const made: FakeStep = {
      ...{
        id: crypto.randomUUID(),
        run,
        name,
        attempt: 1,
        status: Status.INITIALIZING,
        statuses: [],
        cacheKey: "",
        cachedFrom: "",
        parameters: "",
      },
      ...{ upstream: [], inputs: [], outputs: [], exception: "", points: [], facts: {}, beats: 0 },
    };
    steps.set(`${run} ${name}`, made);
    return made;
  }

  async function* report(requests: AsyncIterable<{ run: string; reporter: string; reports: Report[] }>, signal: AbortSignal) {
    const parts: Part[] = [];
    let wake = () => {};
    let over = false;
    const say = (part: Part) => {
      parts.push(part);
      wake();
    };
    const listening = (async () => {
      for await (const { run, reporter, reports } of requests) {
        speakers.set(run, say);
        if (reports.length === 0) say({ case: "run", value: runs.get(run) as Run });
        for (const one of reports) {
          const reason = take(run, reporter, one);
          if (reason)
            say({
              case: "refused",
              value: { $typeName: "signalbox.runs.v1.ReportRefused", sequence: one.sequence, reason, message: reason },
            });
        }
        const last = reports.at(-1);
        if (last) say({ case: "acknowledged", value: last.sequence });
      }
    })();
    listening
      .catch(() => undefined)
      .finally(() => {
        over = true;
        wake();
      });
    signal.addEventListener("abort", () => {
      over = true;
      wake();
    });
    for (;;) {
      const part = parts.shift();
      if (part) yield { part };
      else if (over) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }

  function routes({ service, rpc }: ConnectRouter): void {
    service(PipelineService, {
      createPipeline({ name }) {
        if (pipelines.has(name)) throw failure("NAME_TAKEN", Code.AlreadyExists);
        pipelines.add(name);
        return { pipeline: { name, project: projectId } };
      },
    });
    rpc(SnapshotService.method.createSnapshot, (request) => {
      if (!pipelines.has(request.pipeline)) throw failure("NOT_FOUND", Code.NotFound);
      snapshots.push(request);
      return { snapshot: { id: request.id }, created: true };
    });
    service(RunService, {
      updateRun: ({ run, modelVersion }) => ({ run: Object.assign(runs.get(run) as Run, { modelVersion }) }),
      createRun(request) {
        created.push(request);
        const { parentRun, childKey } = request;
        const child = [...runs.values()].find((run) => parentRun !== "" && run.parentRun === parentRun && run.childKey === childKey);
        if (child) return { run: child, created: false };
        const pipelineName = [...pipelines].at(-1) ?? "";
        const name = request.name || `run-${runs.size + 1}`;
        const nesting = { parentRun, childKey, inProgress: true };
        const run = create(RunSchema, { id: request.id, name, project: projectId, pipelineName, status: Status.RUNNING, ...nesting });
        runs.set(run.id, run);
        return { run, created: true };
      },
      getRun: ({ run }) => ({ run: runs.get(run) ?? [...runs.values()].find((one) => one.name === run) }),
      listRuns: ({ pageToken }) => {
        const all = [...runs.values()];
        const at = Number(pageToken || 0);
        return { runs: all.slice(at, at + 1), nextPageToken: at + 1 < all.length ? String(at + 1) : "" };
      },
      listSteps: ({ run }) => ({
        steps: [...steps.values()]
          .filter((step) => step.run === run)
          .map(({ name, status, outputs }) => ({ name, status, outputs, attempt: 1 })),
      }),
      issueRunToken() {
        box.tokens += 1;
        return { token: `sbt_${box.tokens}`, expireTime: timestampFromMs(Date.now() + 3_600_000) };
      },
    });
    service(StepService, reserving(box));
    service(ReportService, {
      report: (requests, { signal }) => report(requests, signal),
      batchReport({ run, reporter, reports }) {
        const refused = reports.flatMap((one) => {
          const reason = take(run, reporter, one);
          return reason ? [{ sequence: one.sequence, reason, message: reason }] : [];
        });
        return { refused, run: runs.get(run) as Run };
      },
    });
    service(ArtifactVersionService, {
      batchCreateArtifactVersions({ versions: wanted, run, step }) {
        const artifactVersions = wanted.map(({ artifact: artifactName, version: named, visualizations: _shown, ...rest }) => {
          const present = versions.get(rest.id);
          if (present) return present;
          const number = [...versions.values()].filter((one) => one.artifactName === artifactName).length + 1;
          const { $typeName: _type, $unknown: _unknown, ...facts } = rest;
          const version = create(ArtifactVersionSchema, {
            ...{ ...facts, artifactName, number, version: named || String(number), producerRun: run, producerStep: step },
          } as MessageInitShape<typeof ArtifactVersionSchema>);
          versions.set(version.id, version);
          return version;
        });
        return { artifactVersions };
      },
      batchGetArtifactVersions: ({ ids }) => ({ artifactVersions: ids.flatMap((id) => versions.get(id) ?? []) }),
      getArtifactVersion: ({ artifactVersion }) => ({ artifactVersion: versions.get(artifactVersion) as ArtifactVersion }),
      findArtifactVersion: ({ artifact, version }) => {
        const found = [...versions.values()].filter(
          (one) => one.artifactName === artifact && (version === "latest" || one.version === version),
        );
        return { artifactVersion: found.at(-1) as ArtifactVersion };
      },
    });
    rpc(ModelService.method.createModel, ({ name }) => {
      models.add(name);
      return { model: { name } };
    });
    service(ModelVersionService, {
      createModelVersion({ id, model, run, artifacts, metadata }) {
        if (!models.has(model)) throw failure("NOT_FOUND", Code.NotFound);
        const number = modelVersions.filter((one) => one.modelName === model).length + 1;
        modelVersions.push(create(ModelVersionSchema, { id, modelName: model, number, run, artifacts, metadata }));
        return { modelVersion: modelVersions.at(-1) as ModelVersion };
      },
      setModelStage({ modelVersion: id, stage }) {
        const version = modelVersions.find((one) => one.id === id) as ModelVersion;
        version.stage = stage;
        return { modelVersion: version };
      },
      findModelVersion: ({ model }) => ({ modelVersion: modelVersions.filter((one) => one.modelName === model).at(-1) as ModelVersion }),
    });
    rpc(LineageService.method.getLineage, ({ artifactVersion }) => {
      const found: MessageInitShape<typeof LineageStepSchema>[] = [];
      const ids = [artifactVersion];
      for (const id of ids) {
        for (const step of steps.values()) {
          if (!step.outputs.some((output) => output.artifactVersion === id) || found.some((one) => one.id === step.id)) continue;
          found.push({ ...step, runName: runs.get(step.run)?.name ?? "", hops: 1 } as MessageInitShape<typeof LineageStepSchema>);
          for (const input of step.inputs) ids.push(input.artifactVersion);
        }
      }
      const artifacts = ids
        .flatMap((id) => versions.get(id) ?? [])
        .map(({ id, artifactName, version, uri }) => ({ artifactVersion: id, artifactName, version, uri }));
      return { steps: found, artifacts, truncated: false };
    });
  }
  return box;
}
