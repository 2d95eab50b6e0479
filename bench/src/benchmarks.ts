import type { Benchmark } from "./benchmark.ts";
import { authorize } from "./benchmarks/authorize.ts";
import { edge } from "./benchmarks/edge.ts";
import { step } from "./benchmarks/step.ts";

/** Every benchmark by its name, in the order of docs/performance.md. */
export const benchmarks: Readonly<Record<string, Benchmark>> = { edge, step, authorize };
