import { createHash } from "node:crypto";
import type { Id } from "@signalbox/runtime/ids.ts";

const zeros = Buffer.alloc(16);

/** Where the keys of placeholders begin and end: no hash falls between. */
export const placeholderStart: Buffer = Buffer.alloc(32);
export const placeholderEnd: Buffer = Buffer.concat([Buffer.alloc(15), Buffer.from([1]), zeros]);

/**
 * What is unique among the runs of a snapshot: a hash of what its orchestrator calls a run, so
 * that two names are one only if they are equal byte by byte; for a placeholder its own id.
 */
export function claimKeyOf(orchestratorRun: string, id: Id): Buffer {
  return orchestratorRun === "" ? Buffer.concat([zeros, id]) : createHash("sha256").update(orchestratorRun).digest();
}
