import type { ExecutionMode } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import type { InputKind, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { MetadataTable as WaitMetadataTable } from "@signalbox/runtime/resource/metadata.ts";
import type { KnownTagTable, TaggingTable } from "@signalbox/runtime/resource/tags/tables.ts";
import type { WordTable } from "@signalbox/runtime/resource/words.ts";
import type { CursorTable } from "@signalbox/runtime/store/consume.ts";
import type { DocumentTable } from "@signalbox/runtime/store/document.ts";
import type { OutboxTable } from "@signalbox/runtime/store/outbox.ts";
import type { HookInvocationTable } from "./hook/tables.ts";
import type { PlannedTable } from "./planned/tables.ts";
import type { OverrideTable } from "./replay/tables.ts";
import type { ReservationTable } from "./reservation/tables.ts";
import type { ResumeTable, RunTraitTable, StopTable } from "./run/tables.ts";
import type { StepCodeTable, StepTraitTable } from "./step/tables.ts";
import type { WaitConditionTable } from "./wait/tables.ts";

/** A run: what it is, where it stands, and how many of its steps stand where. Flags are 0 or 1, times 0 for none. */
export interface RunTable {
  readonly workspaceId: Id;
  readonly id: Id;
  readonly projectId: Id;
  readonly pipelineId: Id;
  readonly pipelineName: string;
  readonly snapshotId: Id;
  /** All zeros for none. */
  readonly stackId: Id;
  readonly ownerId: Id;
  readonly name: string;
  /** The run that started it, and what it calls it; all zeros and empty for none. */
  readonly parentRunId: Id;
  readonly childKey: string;
  /** Its own where it has no parent. */
  readonly rootRunId: Id;
  readonly nested: number;
  /** The run that it repeats; all zeros for none. */
  readonly originalRunId: Id;
  /** Empty for a placeholder. */
  readonly orchestratorRun: string;
  /** Unique in the snapshot: a hash of what the orchestrator calls the run, or for a placeholder 16 zeros and its id. */
  readonly claimKey: Buffer;
  readonly index: number;
  readonly status: Status;
  readonly statusReason: string;
  readonly inProgress: number;
  readonly executionMode: ExecutionMode;
  readonly dynamic: number;
  /** One of Stopping. */
  readonly stopping: number;
  /** One of Pause. */
  readonly pause: number;
  /** How many of its wait conditions were answered. */
  readonly answers: number;
  /** What the reporter said when it said that no more steps follow; 0 before. */
  readonly ended: Status;
  /** The steps that were planned: a document, all zeros for none, and how many. */
  readonly plan: Buffer;
  readonly planned: number;
  readonly pending: number;
  readonly unfinished: number;
  readonly retrying: number;
  readonly completed: number;
  readonly cached: number;
  readonly failed: number;
  readonly skipped: number;
  readonly stopped: number;
  readonly blocked: number;
  /** How many attempts of steps it has: the position of the last. */
  readonly positions: number;
  /** Which tables have rows about the run as a whole: a sum of Parts. */
  readonly parts: number;
  /** A document; all zeros for none. */
  readonly parameters: Buffer;
  readonly startTime: Micros;
  readonly endTime: Micros;
  /** When it ended by the clock of this service: what is granted after the end is counted from here. */
  readonly closedTime: Micros;
  readonly heartbeatTime: Micros;
  /** In microseconds; 0 for never. */
  readonly heartbeatTimeout: number;
  /** By the database's clock; `never` while nothing is awaited. */
  readonly heartbeatExpiresTime: Micros;
  readonly contentHash: Buffer;
  /** Counts how often it was taken up, from 1. */
  readonly generation: number;
  readonly revision: number;
  readonly createTime: Micros;
  readonly updateTime: Micros;
}

/** Which run of its parent is called so. */
export interface ChildTable {
  readonly workspaceId: Id;
  readonly parentRunId: Id;
  readonly key: string;
  readonly runId: Id;
}

/** One attempt of a step of a run. */
export interface StepTable {
  readonly workspaceId: Id;
  readonly runId: Id;
  /** Counts the attempts of all steps of the run, in the order of their first reports, from 1. */
  readonly position: number;
  readonly id: Id;
  readonly projectId: Id;
  readonly name: string;
  readonly attempt: number;
  /** Whether no later attempt replaced it. */
  readonly latest: number;
  readonly status: Status;
  readonly statusReason: string;
  /** The names of the steps before it, as JSON. */
  readonly upstream: string;
  readonly cacheKey: string;
  readonly codeHash: string;
  /** Documents; all zeros for none. */
  readonly parameters: Buffer;
  readonly configuration: Buffer;
  readonly exception: Buffer;
  /** The step whose outputs served; all zeros unless cached. */
  readonly cachedFromId: Id;
  readonly cachedFromRun: string;
  /** A hash of how it was reported to end, so that a repeat is known; all zeros before. */
  readonly endHash: Buffer;
  /** Which tables have rows of it: a sum of Parts. */
  readonly parts: number;
  readonly startTime: Micros;
  readonly endTime: Micros;
  readonly heartbeatTime: Micros;
  readonly heartbeatTimeout: number;
  readonly heartbeatExpiresTime: Micros;
  /** The revision of the run at its last change. */
  readonly revision: number;
  readonly createTime: Micros;
  /** When it last changed otherwise than by a sign of life. */
  readonly updateTime: Micros;
}

/** What an attempt of a step consumed. */
export interface InputTable {
  readonly workspaceId: Id;
  readonly runId: Id;
  readonly stepId: Id;
  readonly name: string;
  readonly artifactVersionId: Id;
  readonly kind: InputKind;
  /** Its place under its name and which part it is of the version, as JSON; empty where nothing was told of that. */
  readonly place: string;
}

/** What an attempt of a step produced. */
export type OutputTable = Omit<InputTable, "kind" | "place">;

/** Something that happened to a run: its record, beside which no audit event is written. */
export interface EventTable {
  readonly workspaceId: Id;
  readonly runId: Id;
  readonly revision: number;
  /** Counts the events of one revision, from 1. */
  readonly position: number;
  readonly time: Micros;
  /** What it came to, such as "step.completed" or "run.failed". */
  readonly kind: string;
  readonly step: string;
  readonly attempt: number;
}

/** A value that was reported. None is ever overwritten. */
export interface MetadataTable {
  readonly workspaceId: Id;
  readonly runId: Id;
  /** Of the report, the key and the value, so that a repeat is known. */
  readonly id: Id;
  readonly step: string;
  readonly attempt: number;
  readonly key: string;
  /** A Value in protobuf. */
  readonly value: Buffer;
  /** What it is about; all zeros for none. */
  readonly componentId: Id;
  readonly time: Micros;
  readonly createTime: Micros;
}

/** The latest value of a key of a step, or of the run where the step is all zeros. */
export interface FactTable {
  readonly workspaceId: Id;
  readonly runId: Id;
  readonly stepId: Id;
  readonly key: string;
  readonly value: Buffer;
  /** What filters compare; null for none. */
  readonly number: number | null;
  readonly text: string | null;
}

/** A metric of a step, and what is known of its points. */
export interface SeriesTable {
  readonly workspaceId: Id;
  readonly runId: Id;
  readonly stepId: Id;
  readonly name: string;
  /** Of step and name. */
  readonly id: Id;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
  readonly lastIndex: number;
}

export interface PointTable {
  readonly workspaceId: Id;
  readonly seriesId: Id;
  readonly index: number;
  readonly value: number;
  readonly time: Micros;
}

/** How many runs a pipeline has had. */
export interface CounterTable {
  readonly workspaceId: Id;
  readonly pipelineId: Id;
  readonly value: number;
}

/** What is to be deleted in portions: a run whose row is gone, or a project. */
export interface PurgeTable {
  readonly workspaceId: Id;
  readonly id: Id;
  /** What goes: all runs of a project or a pipeline; what belongs to a run whose row is gone, and with a tree what it started too. */
  readonly kind: "project" | "pipeline" | "run" | "tree";
  readonly createTime: Micros;
}

export interface RunsTables {
  readonly runsRun: RunTable;
  readonly runsChild: ChildTable;
  readonly runsRunTrait: RunTraitTable;
  readonly runsStep: StepTable;
  readonly runsInput: InputTable;
  readonly runsOutput: OutputTable;
  readonly runsStepCode: StepCodeTable;
  readonly runsStepTrait: StepTraitTable;
  readonly runsEvent: EventTable;
  readonly runsMetadata: MetadataTable;
  readonly runsFact: FactTable;
  readonly runsSeries: SeriesTable;
  readonly runsPoint: PointTable;
  readonly runsCounter: CounterTable;
  readonly runsPurge: PurgeTable;
  readonly runsStop: StopTable;
  readonly runsResume: ResumeTable;
  readonly runsOverride: OverrideTable;
  readonly runsPlanned: PlannedTable;
  readonly runsWaitCondition: WaitConditionTable;
  readonly runsWaitMetadata: WaitMetadataTable;
  readonly runsReservation: ReservationTable;
  readonly runsHookInvocation: HookInvocationTable;
  readonly runsKnownTag: KnownTagTable;
  readonly runsTagging: TaggingTable;
  readonly runsWord: WordTable;
  readonly runsDocument: DocumentTable;
  readonly runsOutbox: OutboxTable;
  readonly runsCursor: CursorTable;
}

/** Which tables have rows of a step, or of a run as a whole: asked before they are read. */
export const Parts = { INPUTS: 1, OUTPUTS: 2, FACTS: 4, SERIES: 8, CODE: 16, TRAITS: 32, OVERRIDES: 64, PLANNED: 128 } as const;

/** The hash that stands for no document. Where hashes have one length it is read as zeros: see {@link isNoHash}. */
export const noHash: Buffer = Buffer.alloc(0);

const zeros = Buffer.alloc(32);
export const isNoHash = (hash: Buffer): boolean => hash.length === 0 || hash.equals(zeros);

/** The time that stands for "not awaited": the largest number, so that an index keeps it out of the way. */
export const never: Micros = Number.MAX_SAFE_INTEGER;
