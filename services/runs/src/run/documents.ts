import type { Id } from "@signalbox/runtime/ids.ts";
import { getDocuments } from "@signalbox/runtime/store/document.ts";
import { gauge } from "@signalbox/runtime/telemetry/gauges.ts";
import type { Kysely } from "kysely";
import { LRUCache } from "lru-cache";
import { isNoHash, type RunsTables } from "../tables.ts";

/** Reads large texts by their hashes; the answer is by the hash in hexadecimal. The hash of none is left out. */
export type ReadDocuments = (workspace: Id, hashes: readonly Buffer[]) => Promise<ReadonlyMap<string, string>>;

const mostBytes = 16 * 1024 * 1024;

/** A reader that remembers: a text never changes under its hash, and many runs and steps share the same. */
export function documentReader(db: Kysely<RunsTables>): ReadDocuments {
  const known = new LRUCache<string, string>({ maxSize: mostBytes, sizeCalculation: (text) => text.length * 2 + 128 });
  let hits = 0;
  let misses = 0;
  gauge("runs.documents.hit_ratio", { description: "The share of documents that were remembered, since the last look", unit: "1" }, () => {
    const ratio = hits / (hits + misses);
    hits = 0;
    misses = 0;
    return ratio;
  });
  return async (workspace, hashes) => {
    const prefix = workspace.toString("hex");
    const found = new Map<string, string>();
    const missing = new Map<string, Buffer>();
    for (const hash of hashes) {
      if (isNoHash(hash)) continue;
      const key = hash.toString("hex");
      const text = known.get(prefix + key);
      if (text === undefined) {
        misses += 1;
        missing.set(key, hash);
      } else {
        hits += 1;
        found.set(key, text);
      }
    }
    if (missing.size === 0) return found;
    for (const [key, text] of await getDocuments({ db, prefix: "runs" }, workspace, [...missing.values()])) {
      known.set(prefix + key, text);
      found.set(key, text);
    }
    return found;
  };
}
