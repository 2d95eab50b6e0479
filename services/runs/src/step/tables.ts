import type { StepKind } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";

/** What few attempts of steps tell of themselves: a row where something of it was told. */
export interface StepTraitTable {
  readonly workspaceId: Id;
  readonly runId: Id;
  readonly stepId: Id;
  /** All zeros in a row that the release before wrote. */
  readonly projectId: Id;
  readonly kind: StepKind;
  /** All zeros for none. */
  readonly modelVersionId: Id;
  /** A document; all zeros for none. */
  readonly substitutions: Buffer;
  /** From when its outputs serve no more; 0 for never. */
  readonly cacheExpiresTime: Micros;
}

/** The code of an attempt of a step, where it was told: documents, all zeros for none. */
export interface StepCodeTable {
  readonly workspaceId: Id;
  readonly runId: Id;
  readonly stepId: Id;
  readonly docstring: Buffer;
  readonly sourceCode: Buffer;
}
