import type { Log } from "./log.ts";

/** Calls are answered once, soon; streams last. They are counted apart. */
export type CallKind = "call" | "stream";

export interface AdmissionOptions {
  /** How many calls may be under way at once. */
  readonly calls: number;
  /** How many streams may be open at once. */
  readonly streams: number;
  readonly log: Log;
}

/** The places that a program has for calls. */
export interface Admission {
  /**
   * Whether there is a place for somebody, by whatever stands for them, such as their address and their
   * token. Where there is none the call is to be refused with OVERLOADED, before it costs anything.
   */
  hasRoom(kind: CallKind, who: readonly string[]): boolean;
  /** Takes a place, which what is returned gives back. Never fails: whoever got so far is let in. */
  take(kind: CallKind, who: readonly string[]): () => void;
  close(): void;
}

/** Somebody who has places. */
interface Held {
  readonly who: string;
  places: number;
}

const lookEveryMs = 50;
/** The event loop may be late by so much, on average; what is later makes probes and timers wait. */
const lateMs = 40;
/** A call may take so long, on average, before fewer are let in: who waits longer repeats it, and all of it was in vain. */
const slowMs = 2_000;
/** Whatever is the matter, so many calls go on. */
const fewest = 64;
/** Nobody takes more of the places than this, so that there is room for others. */
const share = 0.75;

/**
 * Lets in as many calls as the program can carry: never more than it is told, and fewer while the
 * event loop is late or calls take long. What comes beyond is refused at once, because a queue would only make
 * everybody's answer come too late.
 */
export function admission({ calls, streams, log }: AdmissionOptions): Admission {
  const places = { call: new Map<string, Held>(), stream: new Map<string, Held>() };
  const taken = { call: 0, stream: 0 };
  const most = { call: calls, stream: streams };
  const least = Math.min(fewest, calls);
  let peak = 0;
  let lateness = 0;
  let takesMs = 0;
  let answeredAt = 0;
  let refused = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  let due = performance.now() + lookEveryMs;

  function look(): void {
    const now = performance.now();
    lateness += (Math.max(0, now - due) - lateness) * 0.3;
    due = now + lookEveryMs;
    const slow = takesMs > slowMs || now - answeredAt > slowMs;
    if (taken.call > least && lateness > lateMs) most.call = Math.max(least, Math.min(most.call, peak) * 0.8);
    else if (taken.call > least && slow) most.call = Math.max(least, Math.min(most.call, peak) * 0.95);
    else most.call = Math.min(calls, most.call + calls / 400);
    peak = taken.call;
    if (refused === 0 || now - toldAt < 1_000) return;
    log.warn(
      { refused, under_way: taken.call, streams: taken.stream, late_ms: Math.round(lateness), takes_ms: Math.round(takesMs) },
      "overloaded: calls were refused",
    );
    toldAt = now;
    refused = 0;
  }
  const timer = setInterval(look, lookEveryMs);
  timer.unref();

  function give(kind: CallKind, holders: readonly Held[], since: number): void {
    taken[kind]--;
    if (kind === "call") {
      answeredAt = performance.now();
      takesMs += (answeredAt - since - takesMs) * 0.02;
    }
    for (const held of holders) if (--held.places === 0) places[kind].delete(held.who);
  }

  /** What somebody holds. Tokens are long, so that each look by one costs: whoever was found is not looked up again. */
  function heldBy(kind: CallKind, who: string): Held {
    const known = places[kind].get(who);
    if (known) return known;
    const held = { who, places: 0 };
    places[kind].set(who, held);
    return held;
  }

  return {
    hasRoom(kind, who) {
      let own = 0;
      for (const each of who) own = Math.max(own, places[kind].get(each)?.places ?? 0);
      const room = taken[kind] < most[kind] && own < most[kind] * share;
      if (!room) refused++;
      return room;
    },
    take(kind, who) {
      const holders = who.map((each) => heldBy(kind, each));
      for (const held of holders) held.places++;
      const since = performance.now();
      if (taken.call === 0) answeredAt = since;
      taken[kind]++;
      if (taken.call > peak) peak = taken.call;
      let inside = true;
      return () => {
        if (inside) give(kind, holders, since);
        inside = false;
      };
    },
    close: () => clearInterval(timer),
  };
}
