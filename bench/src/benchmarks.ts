import type { Benchmark } from "./benchmark.ts";
import { authorize } from "./benchmarks/authorize.ts";
import { check } from "./benchmarks/check.ts";
import { credential } from "./benchmarks/credential.ts";
import { edge } from "./benchmarks/edge.ts";
import { mesh } from "./benchmarks/mesh.ts";

/** Every benchmark by its name, in the order of docs/performance.md. */
export const benchmarks: Readonly<Record<string, Benchmark>> = { edge, mesh, authorize, check, credential };
