import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Admission, admission } from "./admission.ts";
import { openLog } from "./log.ts";

const log = openLog({ service: "test", level: "silent" });
let places: Admission;
beforeEach(() => {
  vi.useFakeTimers();
  places = admission({ calls: 100, streams: 10, log });
});
afterEach(() => {
  places.close();
  vi.useRealTimers();
});

/** Takes as many places as there are, each for somebody else unless told; what is returned gives them back. */
function fill(kind: "call" | "stream", who?: string): (() => void)[] {
  const taken: (() => void)[] = [];
  for (let at = 0; places.hasRoom(kind, [who ?? String(at)]); at++) taken.push(places.take(kind, [who ?? String(at)]));
  return taken;
}

test("there are so many places, and one that is given back is another's", () => {
  const taken = fill("call");
  expect(taken).toHaveLength(100);
  taken[0]?.();
  taken[0]?.();
  expect(fill("call")).toHaveLength(1);
});

test("streams have places of their own", () => {
  fill("call");
  expect(fill("stream")).toHaveLength(10);
});

test("nobody has more than three quarters, whichever of their names they are known by", () => {
  expect(fill("call", "greedy")).toHaveLength(75);
  expect(places.hasRoom("call", ["greedy", "another token"])).toBe(false);
  expect(places.hasRoom("call", ["modest"])).toBe(true);
});

test("while calls take long there are fewer places, and some time after as many as before", () => {
  for (let round = 0; round < 20; round++) {
    const taken = fill("call");
    vi.advanceTimersByTime(4_000);
    for (const give of taken) give();
  }
  const few = fill("call");
  expect(few.length).toBeLessThan(90);
  for (const give of few) give();
  vi.advanceTimersByTime(30_000);
  expect(fill("call")).toHaveLength(100);
});

test("calls that are answered soon cost no places, however many they are", () => {
  for (let round = 0; round < 200; round++) {
    const taken = fill("call");
    vi.advanceTimersByTime(100);
    for (const give of taken) give();
  }
  expect(fill("call")).toHaveLength(100);
});

test("few calls that take long by their nature cost no places", () => {
  const taken = Array.from({ length: 50 }, (_, at) => places.take("call", [String(at)]));
  vi.advanceTimersByTime(60_000);
  expect(fill("call")).toHaveLength(50);
  for (const give of taken) give();
});
