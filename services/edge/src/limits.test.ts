import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Buckets } from "@signalbox/runtime/cache/buckets.ts";
import type { SignalboxError } from "@signalbox/runtime/errors.ts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Limiter, limiter } from "./limits.ts";

const limit = { perSecond: 100, burst: 400 };
const now = () => Date.now();

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** The milliseconds that a refused call is told to wait, or undefined where it may pass. */
function refusal({ take }: Limiter, who = "ada"): number | undefined {
  try {
    take(who);
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ reason: Reason.RATE_LIMITED });
    return (error as SignalboxError).retryAfterMs;
  }
}

/** How many of so many calls pass, with time for answers between two calls. */
async function passing(calls: number, each: Limiter, who = "ada"): Promise<number> {
  let passed = 0;
  for (let call = 0; call < calls; call++) {
    if (refusal(each, who) === undefined) passed += 1;
    await vi.advanceTimersByTimeAsync(0);
  }
  return passed;
}

describe("a limit of one process", () => {
  test("lets the burst through at once and the rate in the long run, for each caller", async () => {
    const own = limiter(limit, { now });
    expect(await passing(500, own)).toBe(400);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await passing(500, own)).toBe(100);
    expect(await passing(1, own, "bob")).toBe(1);
  });

  test("what is given back is there again, and no more than the burst", async () => {
    const own = limiter(limit, { now });
    own.giveBack("ada");
    expect(await passing(500, own)).toBe(400);
    own.giveBack("ada");
    expect(await passing(5, own)).toBe(1);
  });

  test("tells a refused caller when it may come again, and keeps that word", async () => {
    const own = limiter({ perSecond: 2, burst: 1 }, { now });
    expect(refusal(own)).toBeUndefined();
    expect(refusal(own)).toBe(500);
    await vi.advanceTimersByTimeAsync(500);
    expect(refusal(own)).toBeUndefined();
  });
});

/** The arithmetic of the shared buckets over the clock of the test, answering after a time, or not at all. */
function sharedBuckets() {
  const kept = new Map<string, { tokens: number; at: number }>();
  const state = { draws: 0, delayMs: 0, lost: false };
  const buckets: Buckets = {
    async draw(name, { perSecond, burst }, { want, owed }) {
      state.draws += 1;
      if (state.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, state.delayMs));
      if (state.lost) return undefined;
      const last = kept.get(name) ?? { tokens: burst, at: now() };
      const tokens = Math.max(-burst, Math.min(burst, last.tokens + ((now() - last.at) * perSecond) / 1000) - owed);
      const granted = Math.max(0, Math.min(want, Math.floor(tokens)));
      kept.set(name, { tokens: tokens - granted, at: now() });
      return { granted, waitMs: Math.max(0, Math.ceil(((1 - tokens + granted) * 1000) / perSecond)) };
    },
  };
  return { state, replica: () => limiter(limit, { shared: { buckets, kind: "test" }, now }) };
}

describe("a limit that replicas share", () => {
  // A chunk held and a chunk owed by each replica.
  const slack = (replicas: number) => replicas * 2 * (limit.burst / 10);

  test("lets through what one process would, however many replicas the caller asks", async () => {
    const { replica } = sharedBuckets();
    const replicas = [replica(), replica(), replica()];
    let passed = 0;
    for (let round = 0; round < 400; round++) for (const each of replicas) passed += await passing(1, each);
    expect(passed).toBeGreaterThanOrEqual(400 - slack(3));
    expect(passed).toBeLessThanOrEqual(400 + slack(3));
  });

  test("keeps the rate in the long run, under a flood through every replica", async () => {
    const { replica } = sharedBuckets();
    const replicas = [replica(), replica(), replica(), replica()];
    let passed = 0;
    for (let tick = 0; tick < 2_000; tick++) {
      for (const each of replicas) passed += await passing(1, each);
      await vi.advanceTimersByTimeAsync(10);
    }
    const allowed = limit.burst + 20 * limit.perSecond;
    expect(passed).toBeLessThanOrEqual(allowed + slack(4));
    expect(passed).toBeGreaterThan(allowed * 0.95);
  });

  test("what passes on credit is paid for: calls that come all at once get no more than those that come one by one", async () => {
    const { replica } = sharedBuckets();
    const replicas = [replica(), replica(), replica(), replica()];
    let passed = 0;
    const take = ({ take }: Limiter) => {
      try {
        take("ada");
        passed += 1;
      } catch {
        // Refused; these are too many to look at each.
      }
    };
    for (let tick = 0; tick < 300; tick++) {
      for (const each of replicas) for (let call = 0; call < 50; call++) take(each);
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(passed).toBeLessThanOrEqual(limit.burst + 60 * limit.perSecond + slack(4));
    expect(passed).toBeGreaterThan(60 * limit.perSecond);
  });

  test("asks for the shared bucket a small part of the time, under the limit and above it", async () => {
    const { replica, state } = sharedBuckets();
    const one = replica();
    for (let tick = 0; tick < 1_000; tick++) {
      await passing(1, one);
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(state.draws).toBeLessThan(1_000 / 15);
    state.draws = 0;
    await passing(5_000, one);
    expect(state.draws).toBeLessThan(5_000 / 15);
  });

  test("a caller that slowly comes again is never refused, whichever replica it asks", async () => {
    const { replica } = sharedBuckets();
    const replicas = [replica(), replica(), replica()];
    for (let call = 0; call < 300; call++) {
      expect(refusal(replicas[call % 3] as Limiter)).toBeUndefined();
      await vi.advanceTimersByTimeAsync(15);
    }
  });

  test("a refused caller that waits as long as it was told passes", async () => {
    const { replica } = sharedBuckets();
    const [one, other] = [replica(), replica()];
    await passing(1_000, one);
    await passing(1_000, other);
    const waitMs = refusal(one);
    expect(waitMs).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(waitMs ?? 0);
    expect(refusal(one)).toBeUndefined();
  });

  test("what one replica charges is missing at the others", async () => {
    const { replica } = sharedBuckets();
    const [one, other] = [replica(), replica()];
    for (let failure = 0; failure < 450; failure++) {
      one.charge("ada");
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(await passing(200, other)).toBeLessThanOrEqual(limit.burst / 10);
  });

  test("an answer on its way holds no call up: a chunk goes on credit, and all of the process's own limit when it takes too long", async () => {
    const { replica, state } = sharedBuckets();
    state.delayMs = 200;
    const one = replica();
    expect(await passing(400, one)).toBe(40);
    await vi.advanceTimersByTimeAsync(60);
    expect(await passing(500, one)).toBe(366);
  });

  test("while the buckets are lost the limit is that of the process, and they are asked twice a second", async () => {
    const { replica, state } = sharedBuckets();
    state.lost = true;
    const one = replica();
    expect(await passing(500, one)).toBe(400);
    expect(state.draws).toBeLessThanOrEqual(2);
    state.draws = 0;
    for (let tick = 0; tick < 100; tick++) {
      await passing(2, one, `caller ${tick % 7}`);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(state.draws).toBeLessThanOrEqual(21);
    state.lost = false;
    await vi.advanceTimersByTimeAsync(1_000);
    const other = replica();
    await passing(2, one);
    await passing(1_000, one);
    expect(await passing(1_000, other)).toBeLessThanOrEqual(slack(2));
  });
});
