import { arch, platform, release } from "node:os";
import { versions } from "node:process";
import { ExecutionMode as Mode } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { type Run as RunRecord, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { folderStore } from "../artifacts/folder-store.ts";
import type { ArtifactStore } from "../artifacts/store.ts";
import { assertJson, canonicalJson, newUuid } from "../canonical.ts";
import { readCodeReference } from "../code/git.ts";
import { packageHash } from "../code/package-hash.ts";
import type { Connection } from "../connection.ts";
import { failedWith, misuse } from "../errors.ts";
import { sdkVersion } from "../version.ts";
import { type Earlier, isDone, readEarlier } from "./earlier.ts";
import type { StepEvent } from "./events.ts";
import { finishedRun } from "./finished-run.ts";
import { type Replay, replayFields } from "./replay.ts";
import { openRun, type Run, type StartChild } from "./run.ts";
import { type AboutRun, aboutFields, heartbeatTimeout, updateRun } from "./update-run.ts";

/** A run that a run starts. */
export interface ChildRun extends Omit<StartRun, "project" | "pipeline" | "resume" | "replay"> {
  /** That of the parent where absent. */
  readonly pipeline?: string;
}

type Starting = StartRun & { readonly project: string; readonly parent?: { readonly run: string; readonly key: string } };

/** What a failed step means for the rest of the run. */
export type ExecutionMode = "fail-fast" | "stop-on-failure" | "continue-on-failure";

export interface StartRun extends AboutRun {
  /** The project, by id or name; that of the connection where absent. */
  readonly project?: string;
  /** The name of the pipeline; it is created where there is none. */
  readonly pipeline: string;
  /** Unique in the project; made by the server where absent. */
  readonly name?: string;
  /**
   * A run of the pipeline to take up instead, by id or name: one that failed or was stopped. Steps that it has completed give what they
   * gave, whatever their code is now; the others are tried again. Its name, parameters and tags stay as they are.
   */
  readonly resume?: string | undefined;
  /**
   * A run of the pipeline to repeat, by id or name, or how. What it completed serves, the rest is computed anew: in a run of its own,
   * whose parameters are those of the other where absent.
   */
  readonly replay?: string | Replay | undefined;
  /** What the run is started with; JSON. */
  readonly parameters?: unknown;
  /** The UUID of the step that starts it: of a child, one of its parent's; none where absent. */
  readonly parentStep?: string;
  /** Names of tags to give it; those that are unknown become tags. */
  readonly tags?: readonly string[];
  /** Tags that it gets as well, and with it every artifact version that its steps make. */
  readonly cascadingTags?: readonly string[];
  /** Whether its steps may be served from earlier ones; not where absent. */
  readonly cache?: boolean;
  readonly executionMode?: ExecutionMode;
  /** The registered code repository that the program lies in, by id or name; none where absent. */
  readonly codeRepository?: string;
  /** A name, unique in the pipeline, for the snapshot of what it executes; it is taken from the snapshot that had it. */
  readonly snapshotName?: string;
  /** The build whose images it runs in, by id; none where absent. */
  readonly build?: string;
  /**
   * The run is failed when nothing was heard of this process for so long, 5 to
   * 86,400; 120 where absent, 0 for never. A step that computes for longer
   * without awaiting anything is silent all the while.
   */
  readonly heartbeatSeconds?: number;
  /** Where artifacts lie; a folder of this machine where absent. */
  readonly artifactStore?: ArtifactStore;
  /** Is told what happens, as it happens. */
  readonly onEvent?: (event: StepEvent) => void;
}

const modes: Readonly<Record<ExecutionMode, Mode>> = {
  "fail-fast": Mode.FAIL_FAST,
  "stop-on-failure": Mode.STOP_ON_FAILURE,
  "continue-on-failure": Mode.CONTINUE_ON_FAILURE,
};

/** Starts a run of what the file `caller` does, or takes up one that did not come to its end. */
export async function startRun(connection: Connection, options: Starting, caller: string): Promise<Run> {
  const { project, name = "", parameters, tags = [], cascadingTags = [], heartbeatSeconds = 120, parent, parentStep = "" } = options;
  if (parameters !== undefined) assertJson(parameters, "parameters");
  const settings = settingsOf(connection, options, caller);
  const timeout = heartbeatTimeout(heartbeatSeconds);
  const about = aboutFields(options);
  const open = (record: RunRecord | undefined, earlier: Earlier = new Map()) => {
    if (!record) throw misuse("the server has a run without telling of it");
    return openRun({ ...settings, connection, record, earlier, heartbeatSeconds: Math.round(heartbeatSeconds), joined: false });
  };
  const takeUp = async (run: string) => {
    const request = { id: newUuid(), run, project, running: true, ...timeout };
    const { run: record } = await connection.client(RunService).resumeRun(request);
    return open(record, await readEarlier(connection, record?.id ?? run));
  };

  if (options.resume !== undefined && options.replay !== undefined) throw misuse("a run is resumed or replayed, not both");
  if (options.resume !== undefined) {
    const { run } = await connection.client(RunService).getRun({ run: options.resume, project });
    if (run?.pipelineName === options.pipeline) return takeUp(run.id);
    throw misuse(`run ${options.resume} is one of pipeline "${run?.pipelineName}"; here goes "${options.pipeline}"`);
  }
  const snapshot = await keepSnapshot(connection, options, caller);
  const id = newUuid();
  const request = {
    ...{ id, project, snapshot, name, running: true, orchestratorRun: `sdk-${id}`, tags: [...tags], cascadingTags: [...cascadingTags] },
    ...(parameters !== undefined && { parameters: { text: JSON.stringify(parameters) } }),
    ...timeout,
  };
  if (options.replay !== undefined) {
    const fields = replayFields(typeof options.replay === "string" ? { run: options.replay } : options.replay);
    const { run: replay } = await connection.client(RunService).replayRun({ ...request, ...fields });
    const told = Object.keys(about).length > 0 ? await updateRun(connection, replay?.id ?? id, options) : replay;
    return open(told, await readEarlier(connection, replay?.id ?? id));
  }
  const { run: record, created } = await connection
    .client(RunService)
    .createRun({ ...request, ...about, parentStep, ...(parent && { parentRun: parent.run, childKey: parent.key }) });
  if (!record || created) return open(record);
  // The program of a parent that was resumed comes by its children once more.
  if (!record.inProgress && record.status !== Status.COMPLETED) return takeUp(record.id);
  const earlier = await readEarlier(connection, record.id);
  if (!record.inProgress) return finishedRun({ ...settings, connection, record, earlier });
  // Others may be at work in it: what they began is theirs.
  return open(record, new Map([...earlier].filter(([, step]) => isDone(step))));
}

export interface JoinRun extends Pick<StartRun, "project" | "cache" | "artifactStore" | "onEvent"> {
  /** The run, by id, or by name with its project. */
  readonly run: string;
}

/** Takes part in a run that somebody else started, as the step of an orchestrator does with a token of the run. */
export async function joinRun(connection: Connection, options: JoinRun, caller: string): Promise<Run> {
  const { run: record } = await connection.client(RunService).getRun({ run: options.run, project: options.project ?? "" });
  if (!record) throw misuse("the server found a run without telling of it");
  return openRun({ ...settingsOf(connection, options, caller), connection, record, earlier: new Map(), heartbeatSeconds: 0, joined: true });
}

function settingsOf(connection: Connection, options: Omit<JoinRun, "run">, caller: string) {
  const { artifactStore, cache = false, onEvent = () => undefined } = options;
  const store = artifactStore ?? folderStore();
  const startChild: StartChild = ({ id: run, project, pipeline }, key, child) =>
    startRun(connection, { artifactStore: store, cache, onEvent, pipeline, ...child, project, parent: { run, key } }, caller);
  return { store, cache, onEvent, packageHash: () => hashOf(caller), startChild };
}

// What a process runs is what it has loaded: looked at once, however many runs it starts.
const referenceOf = oncePerFile(readCodeReference);
const hashOf = oncePerFile(packageHash);

function oncePerFile<R>(read: (file: string) => Promise<R>): (file: string) => Promise<R> {
  const known = new Map<string, Promise<R>>();
  return (file) => {
    const found = known.get(file) ?? read(file);
    known.set(file, found);
    return found;
  };
}

/** The UUID of the snapshot of the pipeline as it is now. The pipeline is created on its first run. */
async function keepSnapshot(connection: Connection, options: Starting, caller: string): Promise<string> {
  const { project, pipeline, executionMode = "fail-fast", codeRepository, build = "", snapshotName = "" } = options;
  const code = await referenceOf(caller);
  const environment = { node: versions.node, platform: platform(), release: release(), arch: arch(), sdk: sdkVersion };
  const keep = async () => {
    const { snapshot } = await connection.client(SnapshotService).createSnapshot({
      ...{ id: newUuid(), project, pipeline, dynamic: true, executionMode: modes[executionMode], build },
      ...{ name: snapshotName, replace: snapshotName !== "" },
      environment: { text: canonicalJson(environment) },
      ...(code && { code: { ...code, ...(codeRepository !== undefined && { codeRepository }) } }),
    });
    return snapshot?.id ?? "";
  };
  try {
    return await keep();
  } catch (error) {
    if (!failedWith(error, "NOT_FOUND")) throw error;
  }
  try {
    await connection.client(PipelineService).createPipeline({ id: newUuid(), project, name: pipeline });
  } catch (error) {
    if (!failedWith(error, "NAME_TAKEN")) throw error;
  }
  return keep();
}
