import { createHash } from "node:crypto";
import { canonicalJson } from "../canonical.ts";

/** Raised when the same step would be computed differently, so that older results no longer serve. */
const cacheVersion = 1;

export interface CacheParts {
  /** The UUID of the project. */
  readonly project: string;
  readonly pipeline: string;
  readonly step: string;
  readonly codeHash: string;
  readonly parameters: unknown;
  /** The digests of the inputs by their names. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** What must be equal for the outputs of a step to serve again, in 64 hexadecimal digits. */
export function cacheKeyOf({ project, pipeline, step, codeHash, parameters, inputs }: CacheParts): string {
  const parts = { cacheVersion, project, pipeline, step, codeHash, parameters: parameters ?? null, inputs };
  return createHash("sha256").update(canonicalJson(parts)).digest("hex");
}

/** The hash of what a step does: its function's text and the sources of the package that it belongs to. */
export function codeHashOf(work: (...args: never[]) => unknown, packageHash: string): string {
  return createHash("sha256").update(`${packageHash}\n${work.toString()}`).digest("hex");
}
