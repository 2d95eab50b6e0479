import { LRUCache } from "lru-cache";
import type { Id } from "../ids.ts";
import type { OutboxTable } from "./outbox.ts";

type Told = Pick<OutboxTable, "id" | "workspaceId" | "kind" | "subject">;

/** What is to be done with events that are about to get numbers. */
export interface Compacted<E extends Told> {
  readonly kept: readonly E[];
  /** Those that a later one of the same events stands for: they get no number. */
  readonly repeated: readonly Id[];
  /** Events with numbers that later ones stand for, once they are many. */
  readonly superseded: readonly Id[];
  /** To be called when that is committed. */
  committed(): void;
}

/** Knows what of a log is said again by later events, and need not be kept. */
export interface Compaction {
  of<E extends Told>(events: readonly E[]): Compacted<E>;
}

const remembered = 10_000;

/**
 * Of events of these kinds, which say of a subject that it changed and nothing more, the latest of a subject stands for those
 * before it: whoever reads the log from any place still hears of everything that changed since. Those with numbers are dropped
 * `atOnce` or more at a time, since statements cost more than rows. What is forgotten here stays in the log until it is old.
 */
export function compaction(kinds: readonly string[], atOnce = 200): Compaction {
  const last = new LRUCache<string, Id>({ max: remembered });
  let waiting: readonly Id[] = [];
  const keyOf = ({ workspaceId, kind, subject, id }: Told) =>
    (kinds.includes(kind) ? [kind, workspaceId, subject] : [id]).map((part) => part.toString("latin1")).join("/");

  return {
    of(events) {
      const latest = new Map(events.map((event) => [keyOf(event), event]));
      const isKept = (event: Told) => latest.get(keyOf(event)) === event;
      const kept = events.filter(isKept);
      const superseded = [...waiting, ...[...latest.keys()].flatMap((key) => last.get(key) ?? [])];
      const due = superseded.length >= atOnce;
      return {
        kept,
        repeated: events.filter((event) => !isKept(event)).map(({ id }) => id),
        superseded: due ? superseded : [],
        committed() {
          waiting = due ? [] : superseded;
          for (const event of kept) if (kinds.includes(event.kind)) last.set(keyOf(event), event.id);
        },
      };
    },
  };
}
