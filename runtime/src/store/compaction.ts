import { LRUCache } from "lru-cache";
import type { Id } from "../ids.ts";
import type { OutboxTable } from "./outbox.ts";

type Told = Pick<OutboxTable, "id" | "workspaceId" | "kind" | "subject">;

/** What of a log is said again by later events, and need not be kept. */
export interface Compaction {
  /** Parts events, in the order in which they get numbers, into those that are kept and the ids of all, earlier ones too, that these stand for. */
  part<E extends Told>(events: readonly E[]): { readonly kept: readonly E[]; readonly superseded: readonly Id[] };
  /** Remembers events, once their numbers are committed. */
  remember(events: readonly Told[]): void;
}

const remembered = 10_000;

/**
 * Of events of these kinds, which say of a subject that it changed and nothing more, the latest of a subject stands for those
 * before it: whoever reads the log from any place still hears of everything that changed since. Those that are not remembered
 * stay in the log until they are old.
 */
export function compaction(kinds: readonly string[]): Compaction {
  const last = new LRUCache<string, Id>({ max: remembered });
  const keyOf = ({ workspaceId, kind, subject, id }: Told) =>
    (kinds.includes(kind) ? [kind, workspaceId, subject] : [id]).map((part) => part.toString("latin1")).join("/");

  return {
    part(events) {
      const latest = new Map(events.map((event) => [keyOf(event), event]));
      const isKept = (event: Told) => latest.get(keyOf(event)) === event;
      const repeated = events.filter((event) => !isKept(event)).map(({ id }) => id);
      return { kept: events.filter(isKept), superseded: [...repeated, ...[...latest.keys()].flatMap((key) => last.get(key) ?? [])] };
    },
    remember(events) {
      for (const event of events) if (kinds.includes(event.kind)) last.set(keyOf(event), event.id);
    },
  };
}
