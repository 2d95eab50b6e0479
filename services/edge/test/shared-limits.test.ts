import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type OpenBuckets, openBuckets } from "@signalbox/runtime/cache/open.ts";
import { breakable } from "@signalbox/runtime/testing/breakable.ts";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Limiter, limiter } from "../src/limits.ts";
import { openDoor } from "./door.ts";

const url = process.env.SIGNALBOX_TEST_REDIS_URL;

if (!url) console.warn("skipped: limits that replicas share need SIGNALBOX_TEST_REDIS_URL, and this run has none (npm test brings it)");

describe.skipIf(!url)("limits that replicas share through Redis", () => {
  const opened: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close();
  });
  const keep = <T extends { close(): unknown }>(thing: T): T => {
    opened.push(thing);
    return thing;
  };

  /** What a replica reaches Redis by, counting the draws. */
  function counted({ buckets }: OpenBuckets, draws: { count: number } = { count: 0 }) {
    const draw: NonNullable<OpenBuckets["buckets"]>["draw"] = (...draw) => {
      draws.count += 1;
      return buckets?.draw(...draw) ?? Promise.resolve(undefined);
    };
    return { draw };
  }

  async function passing(calls: number, limiters: readonly Limiter[], who: string): Promise<number> {
    let passed = 0;
    for (let call = 0; call < calls; call++) {
      try {
        limiters[call % limiters.length]?.take(who);
        passed += 1;
      } catch {
        // Refused.
      }
      if (call % 20 === 19) await sleep(2);
    }
    return passed;
  }

  const answers = async ({ buckets }: OpenBuckets) =>
    vi.waitFor(async () =>
      expect(await buckets?.draw(`test:${randomUUID()}`, { perSecond: 1, burst: 1 }, { want: 0, owed: 0 })).toBeDefined(),
    );

  test("a draw takes what is there, and no more", async () => {
    const here = keep(await openBuckets(url));
    await answers(here);
    const name = `test:${randomUUID()}`;
    const size = { perSecond: 0.01, burst: 10 };
    expect(await here.buckets?.draw(name, size, { want: 6, owed: 0 })).toEqual({ granted: 6, waitMs: 0 });
    expect(await here.buckets?.draw(name, size, { want: 6, owed: 0 })).toMatchObject({ granted: 4, waitMs: expect.closeTo(100_000, -3) });
    expect(await here.buckets?.draw(name, size, { want: 6, owed: 100 })).toMatchObject({
      granted: 0,
      waitMs: expect.closeTo(1_100_000, -3),
    });
  });

  test("two replicas share one limit, with a command for every twenty calls or so", async () => {
    const draws = { count: 0 };
    const ways = [keep(await openBuckets(url)), keep(await openBuckets(url))];
    await Promise.all(ways.map(answers));
    const kind = randomUUID();
    const replicas = ways.map((way) => limiter({ perSecond: 1, burst: 1_000 }, { shared: { buckets: counted(way, draws), kind } }));
    const passed = await passing(3_000, replicas, "ada");
    expect(passed).toBeGreaterThanOrEqual(1_000);
    expect(passed).toBeLessThanOrEqual(1_000 + 2 * 200);
    expect(draws.count).toBeLessThan(3_000 / 20);
  });

  test.each(["cut", "hang"] as const)("while Redis is lost (%s) each replica limits by itself, and no call waits", async (how) => {
    const way = keep(await breakable(url as string));
    const here = keep(await openBuckets(way.url));
    await answers(here);
    const one = limiter({ perSecond: 1, burst: 1_000 }, { shared: { buckets: counted(here), kind: randomUUID() } });
    expect(await passing(100, [one], "ada")).toBe(100);
    way[how]();
    // A call is answered in the turn in which it is made: there is nothing that it could wait for.
    await sleep(100);
    one.take("ada");
    await sleep(100);
    expect(await passing(1_500, [one], "ada")).toBeGreaterThanOrEqual(899);
    expect(() => one.take("ada")).toThrow("too many calls");
  });

  test("two doors refuse a caller together, and tell it when to come back", async () => {
    const ways = [keep(await openBuckets(url)), keep(await openBuckets(url))];
    await Promise.all(ways.map(answers));
    const doors = await Promise.all(
      ways.map(({ buckets }) =>
        openDoor({
          // The address of every test is 127.0.0.1, so its bucket is that of nobody: this caller is a principal of its own.
          needs: { perPrincipal: { perSecond: 0.5, burst: 40 }, buckets },
          projects: { getProject: async () => ({}) },
        }),
      ),
    );
    const claims = Buffer.from(JSON.stringify({ aud: "signalbox:workspace:x", sub: randomUUID() })).toString("base64url");
    try {
      let answered = 0;
      let refusal = "";
      for (let call = 0; call < 120; call++) {
        const response = await fetch(`${doors[call % 2]?.url}/signalbox.registry.v1.ProjectService/GetProject`, {
          method: "POST",
          body: '{"project":"x"}',
          headers: { "content-type": "application/json", authorization: `Bearer eyJ.${claims}.x` },
        });
        if (response.status === 200) answered += 1;
        else refusal = await response.text();
      }
      expect(answered).toBeGreaterThanOrEqual(40);
      expect(answered).toBeLessThanOrEqual(40 + 2 * 8 + 1);
      expect(refusal).toMatch(/RATE_LIMITED.*google.rpc.RetryInfo/s);
    } finally {
      for (const door of doors) await door.close(100);
    }
  });
});
