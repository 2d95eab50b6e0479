import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Expiring, expiry } from "./expiry.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const item = (inMs: number, ended: number[]): Expiring => {
  const due = Date.now() + inMs;
  return { due, expire: () => void ended.push(due) };
};

test("each ends when its time has come, in whatever order they were added", () => {
  const ended: number[] = [];
  const { add } = expiry();
  const [late, soon, later] = [item(200, ended), item(50, ended), item(300, ended)];
  for (const each of [late, soon, later]) add(each);
  vi.advanceTimersByTime(49);
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(ended).toEqual([soon.due]);
  vi.advanceTimersByTime(1_000);
  expect(ended).toEqual([soon.due, late.due, later.due]);
});

test("what is over does not end again, and the others still do", () => {
  const ended: number[] = [];
  const { add, remove } = expiry();
  const [first, second] = [item(50, ended), item(100, ended)];
  add(first);
  add(second);
  remove(first);
  vi.advanceTimersByTime(99);
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(ended).toEqual([second.due]);
});

test("what is added while others end is watched over too, and one timer serves all", () => {
  const ended: number[] = [];
  const { add } = expiry();
  add({ due: Date.now() + 10, expire: () => add(item(5, ended)) });
  for (let index = 0; index < 100; index++) add(item(1_000, []));
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(15);
  expect(ended).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(1);
});

test("a time that has passed is now, and one beyond what timers can be set for is not", () => {
  const ended: number[] = [];
  const { add } = expiry();
  add(item(-5, ended));
  add(item(2 ** 40, ended));
  vi.advanceTimersByTime(10_000);
  expect(ended).toHaveLength(1);
});
