import { expect, test, vi } from "vitest";
import { singleFlight } from "./single-flight.ts";

test("all who ask meanwhile share one result, and whoever asks later starts anew", async () => {
  const flight = singleFlight<number>();
  const work = vi.fn(async () => work.mock.calls.length);
  expect(await Promise.all([flight("a", work), flight("a", work), flight("b", async () => 9)])).toEqual([1, 1, 9]);
  expect(await flight("a", work)).toBe(2);
});

test("all share a failure, and it is not kept", async () => {
  const flight = singleFlight<number>();
  const work = vi.fn<() => Promise<number>>().mockRejectedValueOnce(new Error("once")).mockResolvedValue(2);
  expect((await Promise.allSettled([flight("a", work), flight("a", work)])).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(work).toHaveBeenCalledTimes(1);
  expect(await flight("a", work)).toBe(2);
});

test("work that throws before it waits is a failure like any other", async () => {
  const flight = singleFlight<number>();
  const work = () => {
    throw new Error("at once");
  };
  await expect(flight("a", work)).rejects.toThrow("at once");
  expect(await flight("a", async () => 1)).toBe(1);
});

test("one who aborts leaves, the others get their result", async () => {
  const flight = singleFlight<number>();
  const leaving = new AbortController();
  let finish = (_: number) => {};
  const work = () => new Promise<number>((resolve) => (finish = resolve));
  const left = flight("a", work, leaving.signal);
  const stayed = flight("a", work);
  leaving.abort(new Error("gone"));
  await expect(left).rejects.toThrow("gone");
  finish(7);
  expect(await stayed).toBe(7);
});

test("when all have left the work is aborted, and whoever comes then starts afresh", async () => {
  const flight = singleFlight<number>();
  const leaving = new AbortController();
  let seen: AbortSignal | undefined;
  const left = flight("a", (signal) => new Promise<number>(() => (seen = signal)), leaving.signal);
  leaving.abort(new Error("gone"));
  await expect(left).rejects.toThrow("gone");
  expect(seen?.aborted).toBe(true);
  expect(await flight("a", async () => 1)).toBe(1);
  await expect(flight("a", async () => 1, leaving.signal)).rejects.toThrow("gone");
});
