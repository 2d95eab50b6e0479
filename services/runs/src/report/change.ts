import type { Report } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { SignalboxError } from "@signalbox/runtime/errors.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { RunTable, StepTable } from "../tables.ts";
import type { Reopening } from "./reopen.ts";
import type { Telling } from "./told.ts";

/** Something that is to happen to a run. All of it goes one way, whoever wants it. */
export type Change =
  /** Somebody reports, for a generation of the run, or for the present one where it is 0. */
  | { readonly kind: "report"; readonly reporter: string; readonly generation: number; readonly report: Report }
  /** Somebody asks the run to stop. */
  | { readonly kind: "stop"; readonly force: boolean; readonly reason: string }
  /** Somebody takes up a run that failed or was stopped. */
  | ({ readonly kind: "reopen" } & Reopening)
  /** Somebody tells of the run as a whole. */
  | ({ readonly kind: "tell" } & Telling)
  /** A wait condition was made, or answered. */
  | { readonly kind: "asked" | "answered" }
  /** Nobody executes the run until there is an answer. */
  | { readonly kind: "pause"; readonly reason: string }
  /** It goes on: somebody executes it, or is to take it up. */
  | { readonly kind: "resume"; readonly reason: string; readonly executed: boolean }
  /** The outputs of an attempt that has ended, or of the latest where it is 0, serve until another time; 0 for good. */
  | { readonly kind: "cache expiry"; readonly step: string; readonly attempt: number; readonly cacheExpiresTime: Micros }
  /** Nothing was heard for too long: of a step, or of the run as a whole where there is none. */
  | { readonly kind: "expire"; readonly step?: { readonly name: string; readonly attempt: number } };

/** Changes of one run that are applied together and in order. */
export interface Changes {
  readonly workspace: Id;
  readonly run: Id;
  readonly changes: readonly Change[];
}

/** What became of them. */
export interface Outcome {
  /** For each change, in order, why it has no effect; undefined where it is durable. */
  readonly refusals: readonly (SignalboxError | undefined)[];
  readonly run: RunTable;
  /** The attempts that the changes name, as they are now. */
  readonly steps: readonly StepTable[];
  /** Whether the run is another than before. */
  readonly changed: boolean;
  /** What a reader of a projection passes to see the effect: the time of the events, in microseconds; empty where no edges were added. */
  readonly cursor: string;
}
