import { expect, test, vi } from "vitest";
import { ending, opening, until } from "./streams.ts";

async function* numbers(upto: number, fault?: Error) {
  for (let n = 1; n <= upto; n++) yield n;
  if (fault) throw fault;
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const each of source) seen.push(each);
  return seen;
}

test("a stream passes what its source says, and its end is heard once, also where the reader leaves", async () => {
  const ended = vi.fn();
  expect(await all(ending(numbers(3), { ended }))).toEqual([1, 2, 3]);
  expect(ended).toHaveBeenCalledTimes(1);
  for await (const _ of ending(numbers(3), { ended })) break;
  expect(ended).toHaveBeenCalledTimes(2);
});

test("what takes the place of a failure is what the reader gets, and it is heard before the end", async () => {
  const heard: string[] = [];
  const failed = (error: unknown) => {
    heard.push((error as Error).message);
    return new Error("told");
  };
  await expect(all(ending(numbers(1, new Error("inner")), { failed, ended: () => void heard.push("end") }))).rejects.toThrow("told");
  expect(heard).toEqual(["inner", "end"]);
});

test("a stream that cannot be found fails at its first message", async () => {
  expect(await all(opening(async () => numbers(2)))).toEqual([1, 2]);
  await expect(all(opening(() => Promise.reject(new Error("nowhere"))))).rejects.toThrow("nowhere");
});

test("whoever leaves while a stream is being found leaves it when it is", async () => {
  const ended = vi.fn();
  const found = Promise.withResolvers<AsyncIterable<number>>();
  const stream = opening(() => found.promise)[Symbol.asyncIterator]();
  const first = stream.next();
  const left = stream.return?.();
  found.resolve(ending(numbers(3), { ended }));
  expect(await first).toEqual({ done: false, value: 1 });
  await left;
  expect(ended).toHaveBeenCalledTimes(1);
});

test("a stream ends with the reason of the signal, whether a message is awaited or not", async () => {
  const stuck = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<number>>(() => {}) }) };
  const first = new AbortController();
  const waiting = all(until(stuck, first.signal));
  first.abort(new Error("gone"));
  await expect(waiting).rejects.toThrow("gone");

  const second = new AbortController();
  const left = vi.fn();
  const stream = until(ending(numbers(3), { ended: left }), second.signal)[Symbol.asyncIterator]();
  expect(await stream.next()).toEqual({ done: false, value: 1 });
  second.abort(new Error("later"));
  await expect(stream.next()).rejects.toThrow("later");
  await vi.waitFor(() => expect(left).toHaveBeenCalledTimes(1));
  expect(await all(until(numbers(2), new AbortController().signal))).toEqual([1, 2]);
});
