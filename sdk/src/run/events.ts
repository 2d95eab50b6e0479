import type { Handle } from "../artifacts/handle.ts";
import type { Metadata } from "../metadata.ts";

/** "kept" is a step that was done before the run was resumed, or in the run that it repeats. */
export type StepEnd = "completed" | "failed" | "stopped" | "cached" | "kept";

/** What happens in a run, for whoever shows it. Told as it happens in this process, not as the server hears of it. */
export type StepEvent =
  /** Another run computes what the step needs: its outputs will serve, or the step begins when that fails. */
  | {
      readonly kind: "waiting";
      readonly step: string;
      readonly attempt: number;
      /** The name of the run. */
      readonly run: string;
    }
  | { readonly kind: "started"; readonly step: string; readonly attempt: number }
  | {
      readonly kind: "metric";
      readonly step: string;
      readonly attempt: number;
      readonly name: string;
      readonly value: number;
      readonly index: number;
    }
  | {
      readonly kind: "ended";
      readonly step: string;
      readonly attempt: number;
      readonly status: StepEnd;
      readonly tookMs: number;
      readonly outputs: readonly Handle<unknown>[];
      /** The facts that the step recorded. */
      readonly metadata: Metadata;
      /** The name of the run whose outputs serve; absent unless cached. */
      readonly cachedFrom?: string;
      readonly error?: unknown;
      /** Whether another attempt follows. */
      readonly retry: boolean;
    };
