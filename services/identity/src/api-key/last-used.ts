import { setTimeout as sleep } from "node:timers/promises";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Duty } from "@signalbox/runtime/host/part.ts";
import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { ApiKeyRow } from "../tables.ts";
import type { ApiKeyStore } from "./store.ts";

/** When keys were last used, written at most once a minute for each: a key may be used a thousand times a second. */
export interface LastUsed {
  /** Notes a use, to be written soon. */
  note(key: Pick<ApiKeyRow, "id" | "lastUsedTime">, now: Micros): void;
  /** Writes what was noted. */
  flush(): Promise<void>;
  /** Flushes every few seconds. */
  readonly duty: Duty;
}

const precision: Micros = 60_000_000;
const everyMs = 5_000;

export function lastUsed(keys: Pick<ApiKeyStore, "used">, onError: (error: unknown) => void): LastUsed {
  let noted = new Map<string, Micros>();

  async function flush(): Promise<void> {
    const writing = noted;
    noted = new Map();
    for (const [id, time] of [...writing].sort()) await keys.used(toId(id), time);
  }

  return {
    note({ id, lastUsedTime }, now) {
      if (now - lastUsedTime >= precision) keep(noted, id, now);
    },
    flush,
    duty: async (signal) => {
      while (!signal.aborted) {
        await sleep(everyMs, undefined, { signal }).catch(() => {});
        // A use that could not be written is the least of what a lost database loses.
        await flush().catch(onError);
      }
    },
  };
}

/** The first use of the moment counts: the next one that is a minute later writes again. */
function keep(noted: Map<string, Micros>, id: Id, now: Micros): void {
  const name = toUuid(id);
  if (!noted.has(name)) noted.set(name, now);
}
