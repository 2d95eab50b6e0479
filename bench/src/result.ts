import { cpus, totalmem } from "node:os";
import type { Section } from "./benchmark.ts";

/** What a benchmark leaves in `bench/results/<name>.json`. */
export interface Result {
  readonly name: string;
  readonly about: string;
  readonly machine: Machine;
  readonly sections: readonly Section[];
}

export interface Machine {
  readonly node: string;
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
}

export const machine = (): Machine => ({
  node: process.version,
  cores: cpus().length,
  cpu: cpus()[0]?.model ?? "unknown",
  memoryGiB: Math.round(totalmem() / 2 ** 30),
});

export const resultFile = (name: string): URL => new URL(`../results/${name}.json`, import.meta.url);
