import type { DescService } from "@bufbuild/protobuf";
import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { folderStore } from "./artifacts/folder-store.ts";
import { type Handle, toHandle } from "./artifacts/handle.ts";
import { type ArtifactRecords, artifactRecords } from "./artifacts/records.ts";
import type { ArtifactStore } from "./artifacts/store.ts";
import { type Calls, callsOf } from "./calls.ts";
import { callerFile } from "./code/caller.ts";
import { type CodeRepository, findCodeRepository } from "./code-repository.ts";
import { type Connection, openConnection } from "./connection.ts";
import { type ConnectOptions, findTarget } from "./credentials.ts";
import { misuse } from "./errors.ts";
import { type Lineage, readLineage } from "./lineage.ts";
import { findModel, type Model } from "./model.ts";
import type { ModelVersion } from "./models.ts";
import { type Promotions, promotions } from "./promotions.ts";
import type { Run } from "./run/run.ts";
import { type JoinRun, joinRun, type StartRun, startRun } from "./run/start-run.ts";
import { type RunReader, runReader } from "./runs.ts";

/** A Signalbox server, as somebody. */
export interface Box {
  readonly connection: Connection;
  /** All calls of a service, typed: `box.calls(TagService).listTags()` walks the list; the project is that of the box, and what is created gets an id. */
  calls<S extends DescService>(service: S): Calls<S>;
  /** Where calls that name no project go. */
  readonly project: string | undefined;
  /** Starts a run of the pipeline that the calling file is. */
  startRun(options: StartRun): Promise<Run>;
  /** Takes part in a run that somebody else started and ends; `leave()` it when done. */
  joinRun(options: JoinRun): Promise<Run>;
  readonly runs: RunReader;
  model(name: string, options?: InProject): Model;
  /** Who asked to move versions of models, and what was said to it. */
  readonly promotions: Promotions;
  /** A registered code repository, by what its host tells: which commit a branch is, and its files. */
  codeRepository(name: string, options?: InProject): CodeRepository;
  /** An artifact version by number, name or "latest". Fails with NOT_FOUND. */
  artifact<T = unknown>(name: string, version?: string | number, options?: InProject): Promise<Handle<T>>;
  readonly artifacts: ArtifactRecords;
  /** What an artifact version, or the first artifact of a model version, was made from. */
  lineage(of: Handle<unknown> | ModelVersion | string, options?: { readonly maxHops?: number }): Promise<Lineage>;
  close(): void;
}

export interface InProject {
  /** By id or name; that of the box where absent. */
  readonly project?: string | undefined;
}

export interface BoxOptions extends ConnectOptions {
  /** Where artifacts lie; a folder of this machine where absent. */
  readonly artifactStore?: ArtifactStore;
}

/**
 * Connects to the server that the options, the environment (SIGNALBOX_URL and
 * SIGNALBOX_API_KEY) or the current profile name, in this order. Nothing is
 * sent before the first call. Fails with MISUSE where nothing names one.
 */
export async function connect({ artifactStore, ...options }: BoxOptions = {}): Promise<Box> {
  const { project, ...target } = await findTarget(options);
  return openBox(openConnection(target), { project, artifactStore });
}

/** A box over a connection that is there. */
export function openBox(
  connection: Connection,
  { project, artifactStore: store = folderStore() }: InProject & { readonly artifactStore?: ArtifactStore | undefined } = {},
): Box {
  const projectOf = (named = project): string => {
    if (named) return named;
    throw misuse("no project is named: pass project, or set SIGNALBOX_PROJECT");
  };
  return {
    connection,
    project,
    calls: (service) => callsOf(connection, service, project),
    startRun(options) {
      const caller = callerFile();
      return startRun(connection, { artifactStore: store, ...options, project: projectOf(options.project) }, caller);
    },
    joinRun(options) {
      const caller = callerFile();
      return joinRun(connection, { artifactStore: store, ...(project !== undefined && { project }), ...options }, caller);
    },
    runs: runReader(connection, project),
    codeRepository: (name, options) => findCodeRepository(connection, projectOf(options?.project), name),
    promotions: promotions(connection, project),
    model: (name, options) => findModel(connection, store, projectOf(options?.project), name),
    async artifact<T>(name: string, version: string | number = "latest", options?: InProject): Promise<Handle<T>> {
      const request = { artifact: name, project: projectOf(options?.project), version: String(version) };
      const { artifactVersion } = await connection.client(ArtifactVersionService).findArtifactVersion(request);
      if (!artifactVersion) throw misuse("the server found an artifact version without telling of it");
      return toHandle<T>(artifactVersion, store);
    },
    artifacts: artifactRecords(connection, store, projectOf),
    lineage: (of, { maxHops } = {}) => readLineage(connection, of, maxHops),
    close: () => connection.close(),
  };
}
