import type { Wakeups } from "@signalbox/runtime/cache/wakeups.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import { gauge } from "@signalbox/runtime/telemetry/gauges.ts";
import type { Context } from "../context.ts";
import { topicOfRun } from "../report/reporting.ts";
import { coalesced } from "../run/shared-reads.ts";
import { ticker } from "../run/ticker.ts";
import { findCached } from "../step/cached.ts";
import type { Look } from "./standing.ts";
import type { Place } from "./store.ts";

export type QueueNeeds = Pick<Context, "database" | "reservations"> & { readonly wakeups: Pick<Wakeups, "subscribe"> };

/** How a key stands, and the step whose outputs serve, if there is one. */
export interface Sight extends Look {
  readonly cached: Awaited<ReturnType<typeof findCached>>[number] | undefined;
}

/** Those who wait for one key in this process: what they wait for is looked at once for all. */
export interface Queue {
  /** How the key stands, as a look that begins now finds it. */
  look(): Promise<Sight>;
  /** Resolves when the key may stand otherwise than it did, or it is time for a sign of life. */
  next(): Promise<void>;
  leave(): void;
}

/**
 * Looks who computes, and then what is there: whoever was done before the first look has left what the second finds, and whoever
 * takes the key in between changes its revision. So a key that was free, with nothing there, may be taken as it was read.
 */
export async function sightOf({ database, reservations }: Omit<QueueNeeds, "wakeups">, place: Place): Promise<Sight> {
  const look = await reservations.look(place);
  const [cached] = await findCached(database, place.workspace, place.project, [place.cacheKey]);
  return { ...look, cached };
}

/** Every key that is waited for in this process has one queue, for as long as anybody waits. */
export function queues(needs: QueueNeeds): (place: Place) => Queue {
  let waiting = 0;
  gauge("runs.waiting_for_reservations", { description: "Those who wait for what another computes", unit: "{callers}" }, () => waiting);
  const open = new Map<string, ReturnType<typeof openQueue> & { waiting: number }>();
  return (place) => {
    const key = `${place.workspace.toString("hex")}${place.project.toString("hex")}${place.cacheKey}`;
    const queue = open.get(key) ?? { ...openQueue(needs, place), waiting: 0 };
    open.set(key, queue);
    queue.waiting += 1;
    waiting += 1;
    let here = true;
    return {
      look: queue.look,
      next: queue.next,
      leave() {
        if (!here) return;
        here = false;
        queue.waiting -= 1;
        waiting -= 1;
        if (queue.waiting > 0) return;
        queue.close();
        open.delete(key);
      },
    };
  };
}

/** A look that is due comes so much later, because the clock here is not the database's. */
const laterMs = 100;
/** The longest that a timer is set for; when nothing wakes it, the ticker looks by itself more often. */
const longestMs = 60_000;

function openQueue(needs: QueueNeeds, place: Place) {
  const { wakeups } = needs;
  let wake = (): void => {};
  let following: { readonly run: Id; readonly leave: () => void } | undefined;
  let timer: NodeJS.Timeout | undefined;

  /** Hears of the run that holds the key, and of the time when it will be taken for dead. True where it was not heard of until now. */
  function follow({ holder, left }: Look): boolean {
    clearTimeout(timer);
    timer = setTimeout(() => wake(), Math.min(Math.max(0, left / 1000) + laterMs, longestMs));
    if (!holder || following?.run.equals(holder.runId)) return false;
    following?.leave();
    following = { run: holder.runId, leave: wakeups.subscribe(topicOfRun(holder.runId), () => wake()) };
    return true;
  }

  const look = coalesced(async () => {
    let sight = await sightOf(needs, place);
    // What the run did before it was listened to is seen by another look.
    while (follow(sight)) sight = await sightOf(needs, place);
    return sight;
  });
  let holder: string | undefined;
  const ticks = ticker({
    subscribe(awaken) {
      wake = awaken;
      return () => {
        clearTimeout(timer);
        following?.leave();
      };
    },
    async look() {
      const sight = await look();
      const now = `${sight.standing} ${sight.revision}`;
      if (now !== holder || sight.cached) ticks.turn();
      holder = now;
    },
  });
  return { look, next: ticks.next, close: ticks.close };
}
