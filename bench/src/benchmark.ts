import type { Stage } from "./stage.ts";

/** Something whose speed matters. */
export interface Benchmark {
  /** What is measured, in a sentence. */
  readonly about: string;
  /** What a profile of it says that it is bound by, where that is of interest. */
  readonly bound?: string;
  /** Brings what it needs through the stage, which takes it away again, and measures. */
  measure(stage: Stage): Promise<readonly Section[]>;
}

/** A part of a result, measured under one set of conditions. */
export type Section = Race | Figures;

/** Contenders that did the same amount of time's work in turn. The first line is the floor. */
export interface Race {
  readonly kind: "race";
  readonly title: string;
  /** Topology, database, clients, pools: what a reader must know to believe it. */
  readonly conditions: string;
  /** What one turn of work is: "call", "step". */
  readonly unit: string;
  readonly lines: readonly RaceLine[];
}

export interface RaceLine {
  readonly name: string;
  /** The median over all rounds. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The median, round by round, of this one's rate over the floor's. */
  readonly ratio: number;
  /** The ratio to reach; undefined for the floor, and for what is shown for comparison. */
  readonly reach?: number | undefined;
}

/** Figures that are no race: times, bytes, counts. */
export interface Figures {
  readonly kind: "figures";
  readonly title: string;
  readonly conditions: string;
  readonly lines: readonly Figure[];
}

export interface Figure {
  readonly name: string;
  readonly value: number;
  /** "ms", "MB", "decisions/s"; empty for a bare ratio. */
  readonly unit: string;
  readonly reach?: { readonly atLeast: number } | { readonly atMost: number } | undefined;
}

/** Whether a line is as good as it is meant to be; undefined where nothing is asked of it. */
export function reached(line: RaceLine | Figure): boolean | undefined {
  if (line.reach === undefined) return undefined;
  if ("ratio" in line) return line.ratio >= (line.reach as number);
  const { reach, value } = line as Figure;
  return reach !== undefined && ("atLeast" in reach ? value >= reach.atLeast : value <= reach.atMost);
}
