import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { PlannedTable } from "../planned/tables.ts";
import type { RunTraitTable } from "../run/tables.ts";
import { downstreamOf, followersOf, type Plan } from "../status/plan.ts";
import type { StepCodeTable, StepTraitTable } from "../step/tables.ts";
import type { EventTable, FactTable, InputTable, MetadataTable, OutputTable, RunTable, StepTable } from "../tables.ts";

export type Writable<T> = { -readonly [K in keyof T]: T[K] };

export interface StepDraft {
  readonly row: Writable<StepTable>;
  /** Whether its row is new, or has changed, or was only heard of. */
  fresh: boolean;
  changed: boolean;
  beat: boolean;
  /** Whether what it consumed or produced changed. */
  edges: boolean;
}

/** A step whose outputs serve for another, and which computed them. */
export interface Original extends Pick<StepTable, "cachedFromId" | "cachedFromRun"> {
  /** From when its outputs serve no more; 0 for never. */
  readonly cacheExpiresTime: Micros;
  readonly outputs: readonly Pick<OutputTable, "name" | "artifactVersionId">[];
}

/** A point to be written, before it is known whether it is new. */
export interface NewPoint {
  readonly step: StepDraft;
  readonly name: string;
  readonly index: number;
  readonly value: number;
  readonly time: Micros;
}

/** A value to be written, before it is known whether it is new. */
export interface NewMetadata extends Omit<MetadataTable, "workspaceId" | "runId"> {
  /** What filters compare of it. */
  readonly compared: Pick<FactTable, "number" | "text">;
  /** Absent for the run as a whole. */
  readonly of: StepDraft | undefined;
  /** Whether nothing was known before of what it is about, so that it is new without a look. */
  readonly first: boolean;
}

/** What of the traits of a run changes once it is there. */
export type ToldTrait = Pick<RunTraitTable, "modelVersionId" | "orchestratorEnvironment" | "exception" | "outputs">;

/** What is to be written for a run, gathered without touching the database. */
export interface Effects {
  readonly inputs: InputTable[];
  readonly outputs: OutputTable[];
  readonly codes: StepCodeTable[];
  readonly planned: Pick<PlannedTable, "name" | "upstream">[];
  readonly traits: StepTraitTable[];
  /** Traits of which only the time counts, over what was told before. */
  readonly expiries: StepTraitTable[];
  /** What is told of the run as a whole, over what was told before. */
  readonly told: Writable<Partial<ToldTrait>>;
  readonly events: Omit<EventTable, "workspaceId" | "runId" | "revision" | "position">[];
  readonly metadata: NewMetadata[];
  readonly points: NewPoint[];
  /** Texts by the hexadecimal hash that rows name them by. */
  readonly documents: Map<string, string>;
}

/** A run in the middle of its changes: what was read, and what has become of it. */
export interface RunDraft {
  readonly run: Writable<RunTable>;
  /** Where it stood when it was read. */
  readonly stood: Status;
  readonly plan: Plan;
  /** What a dynamic run planned while it goes on, as far as the changes name it. */
  readonly planned: Map<string, readonly string[]>;
  /** Attempts by step, oldest first: of the steps that the changes name, and of all that a change may touch besides. */
  readonly steps: Map<string, StepDraft[]>;
  /** Where the latest attempt of every step stands; only known where a failure leaves others running. */
  readonly standing: Map<string, Status> | undefined;
  /** By the UUID of the step asked for. */
  readonly originals: ReadonlyMap<string, Original>;
  readonly now: Micros;
  /** The database's clock. */
  readonly dbNow: Micros;
  readonly effects: Effects;
  /** Whether the row of the run changed, or it was only heard of. */
  changed: boolean;
  beat: boolean;
  /** Whether it was remembered, and not read. */
  readonly recalled: boolean;
  /** The steps that depend on one that failed, found when first asked for. */
  blocked: Set<string> | undefined;
  followers: ReadonlyMap<string, readonly string[]> | undefined;
}

export const noEffects = (): Effects => ({
  inputs: [],
  outputs: [],
  codes: [],
  planned: [],
  traits: [],
  expiries: [],
  told: {},
  events: [],
  metadata: [],
  points: [],
  documents: new Map(),
});

/** Whether it was said before that a step would come. */
export const isPlanned = ({ plan, planned }: RunDraft, name: string): boolean => plan.has(name) || planned.has(name);

/** The latest attempt of a step. */
export const latestOf = (draft: RunDraft, name: string): StepDraft | undefined => draft.steps.get(name)?.at(-1);

/** Whether an attempt may not report any more: a later one replaced it, or is to do so since the run was resumed. */
export const isStale = ({ row }: StepDraft, attempt: number): boolean =>
  attempt < row.attempt || (attempt === row.attempt && row.status === Status.RETRIED);

export function attemptOf(draft: RunDraft, name: string, attempt: number): StepDraft | undefined {
  return draft.steps.get(name)?.find(({ row }) => row.attempt === attempt);
}

/** The steps after each, as the run's plan has them. */
export function followers(draft: RunDraft): ReadonlyMap<string, readonly string[]> {
  draft.followers ??= followersOf(draft.plan);
  return draft.followers;
}

/** The planned steps that depend on one that failed. Empty where that is not tracked. */
export function blockedOf(draft: RunDraft, failed: Status): Set<string> {
  const { standing } = draft;
  if (!standing) return new Set();
  draft.blocked ??= downstreamOf(
    followers(draft),
    [...standing].flatMap(([name, status]) => (status === failed ? [name] : [])),
  );
  return draft.blocked;
}
