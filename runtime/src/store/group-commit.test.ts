import { setTimeout as sleep } from "node:timers/promises";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SignalboxError } from "../errors.ts";
import { failed, groupCommit } from "./group-commit.ts";

describe("group commit", () => {
  test("writes concurrent items together and answers each", async () => {
    const batches: number[] = [];
    const group = groupCommit<number, number>({
      commit: async (batch) => {
        batches.push(batch.length);
        await sleep(1);
        return batch.map((n) => n * 2);
      },
      maxBatch: 50,
    });
    const results = await Promise.all(Array.from({ length: 120 }, (_, i) => group.submit(i)));
    expect(results).toEqual(Array.from({ length: 120 }, (_, i) => i * 2));
    expect(batches).toEqual([50, 50, 20]);
  });

  test("gathers while each turn of the event loop brings more, and no longer than a few turns", async () => {
    const batches: number[] = [];
    const group = groupCommit<number, number>({
      commit: async (batch) => {
        batches.push(batch.length);
        return batch;
      },
    });
    const inTurns = async (turns: number) => {
      const submitted: Promise<number>[] = [];
      for (let at = 0; at < turns; at++) {
        submitted.push(group.submit(at));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(submitted);
      return batches.splice(0);
    };
    expect(await inTurns(3)).toEqual([3]);
    expect((await inTurns(50)).length).toBeGreaterThan(5);
  });

  test("fails the item that the commit says has failed, and no other", async () => {
    const group = groupCommit<number, string>({
      commit: async (batch) => batch.map((n) => (n === 3 ? failed(new Error("three")) : String(n))),
    });
    const results = await Promise.allSettled([1, 2, 3, 4].map(group.submit));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  });

  test("writes the items of a failed batch one by one", async () => {
    const group = groupCommit<number, number>({
      commit: async (batch) => {
        if (batch.includes(3)) throw new Error("three");
        return batch;
      },
    });
    const results = await Promise.allSettled([1, 2, 3, 4].map(group.submit));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  });

  test("does not try the items of a batch one by one when the database is lost", async () => {
    let commits = 0;
    const group = groupCommit<number, number>({
      commit: async () => {
        commits++;
        throw new SignalboxError(Reason.UNAVAILABLE, "lost");
      },
    });
    const results = await Promise.allSettled([1, 2, 3].map(group.submit));
    expect([commits, results.every(({ status }) => status === "rejected")]).toEqual([1, true]);
  });

  test("refuses more than may wait", async () => {
    const group = groupCommit<number, number>({ commit: async (batch) => batch, maxWaiting: 2 });
    const results = await Promise.allSettled([1, 2, 3].map(group.submit));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    expect(await group.submit(4)).toBe(4);
  });

  test("drains", async () => {
    let written = 0;
    const group = groupCommit<number, number>({
      commit: async (batch) => {
        await sleep(2);
        written += batch.length;
        return batch;
      },
      maxBatch: 2,
    });
    await group.drain();
    for (let i = 0; i < 7; i++) void group.submit(i);
    await group.drain();
    expect(written).toBe(7);
  });

  test("keeps the order of each key and never has a key in two batches", async () => {
    const item = fc.record({ key: fc.constantFrom("a", "b", "c"), pause: fc.integer({ min: 0, max: 2 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        async (items, concurrency, maxBatch) => {
          const seen: Record<string, number[]> = {};
          const busy = new Set<string>();
          const group = groupCommit<{ key: string; n: number; pause: number }, number>({
            concurrency,
            maxBatch,
            key: ({ key }) => key,
            commit: async (batch) => {
              const keys = new Set(batch.map(({ key }) => key));
              for (const key of keys) {
                expect(busy.has(key)).toBe(false);
                busy.add(key);
              }
              await sleep(batch[0]?.pause ?? 0);
              for (const { key, n } of batch) seen[key] = [...(seen[key] ?? []), n];
              for (const key of keys) busy.delete(key);
              return batch.map(({ n }) => n);
            },
          });
          const results = await Promise.all(items.map(({ key, pause }, n) => group.submit({ key, n, pause })));
          expect(results).toEqual(items.map((_, n) => n));
          for (const order of Object.values(seen)) expect(order).toEqual([...order].sort((a, b) => a - b));
          await group.drain();
        },
      ),
      { numRuns: 60 },
    );
  });
});
