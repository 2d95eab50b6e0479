import type { Benchmark } from "./benchmark.ts";
import { authorize } from "./benchmarks/authorize.ts";
import { edge } from "./benchmarks/edge.ts";
import { growth } from "./benchmarks/growth.ts";
import { list } from "./benchmarks/list.ts";
import { mesh } from "./benchmarks/mesh.ts";
import { start } from "./benchmarks/start.ts";
import { watch } from "./benchmarks/watch.ts";

/** Every benchmark by its name, in the order of docs/performance.md. */
export const benchmarks: Readonly<Record<string, Benchmark>> = { edge, mesh, authorize, growth, list, watch, start };
