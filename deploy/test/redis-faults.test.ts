import type { Log } from "@signalbox/runtime/host/log.ts";
import { afterEach, expect, test, vi } from "vitest";
import { redisFaults } from "../src/redis-faults.ts";

afterEach(() => vi.useRealTimers());

test("the first failure is logged at once, later ones together", () => {
  vi.useFakeTimers();
  const counts: unknown[] = [];
  const fault = redisFaults({ warn: ({ faults }: { faults: number }) => counts.push(faults) } as unknown as Log);
  for (let attempt = 0; attempt < 20; attempt += 1) fault(new Error("ECONNREFUSED"));
  expect(counts).toEqual([1]);
  vi.advanceTimersByTime(10_000);
  fault(new Error("ECONNREFUSED"));
  expect(counts).toEqual([1, 20]);
});
