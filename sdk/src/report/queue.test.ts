import { expect, test } from "vitest";
import { createQueue } from "./queue.ts";
import { queueBounds } from "./reporter.ts";

const subject = { step: "train", attempt: 1 };
const alive = { case: "alive" as const, value: {} };
const point = (index: number) => ({ name: "loss", index: BigInt(index), value: 1 });
const metrics = (index: number) => ({ case: "metrics" as const, value: { points: [point(index)] } });
const unheard = { acknowledged: () => undefined, refused: () => undefined };

test("what was sent is kept until it is acknowledged, and sent again after a rewind", () => {
  const queue = createQueue(queueBounds);
  const settled: string[] = [];
  for (const name of ["one", "two", "three"]) {
    queue.add(
      subject,
      alive,
      { acknowledged: () => settled.push(name), refused: (error) => settled.push(`${name}: ${error.message}`) },
      true,
    );
  }
  expect(queue.take().map(({ sequence }) => sequence)).toEqual([1n, 2n, 3n]);
  queue.refuse(2n, new Error("no"));
  queue.acknowledge(1n);
  queue.acknowledge(1n);
  queue.rewind();
  expect(queue.take().map(({ sequence }) => sequence)).toEqual([2n, 3n]);
  queue.acknowledge(3n);
  expect([queue.size, settled]).toEqual([0, ["two: no", "one", "two", "three"]]);
});

test("points join a report of their step that was not sent", () => {
  const queue = createQueue(queueBounds);
  queue.add(subject, metrics(0), unheard, false);
  expect(queue.join(subject, point(1))).toBe(true);
  expect(queue.join({ ...subject, attempt: 2 }, point(2))).toBe(false);
  const [report] = queue.take();
  expect(report?.change.case === "metrics" && report.change.value.points.map(({ index }) => index)).toEqual([0n, 1n]);
  expect(queue.join(subject, point(3))).toBe(false);
  queue.rewind();
  expect(queue.join(subject, point(3))).toBe(false);
});

test("a batch has a largest count and size", () => {
  const queue = createQueue({ ...queueBounds, batchReports: 3 });
  for (let count = 0; count < 4; count += 1) queue.add(subject, alive, unheard, true);
  expect([queue.take().length, queue.take().length, queue.take().length]).toEqual([3, 1, 0]);
  const text = { values: { note: { kind: { case: "text" as const, value: "x".repeat(700_000) } } } };
  for (let count = 0; count < 2; count += 1) queue.add(subject, { case: "metadata", value: text }, unheard, true);
  expect([queue.take().length, queue.take().length]).toEqual([1, 1]);
});

test("whoever waits for room is let in when something was acknowledged", async () => {
  const queue = createQueue({ ...queueBounds, maxReports: 2 });
  for (let count = 0; count < 2; count += 1) queue.add(subject, alive, unheard, true);
  let entered = false;
  const waiting = queue.room().then(() => {
    entered = true;
  });
  await Promise.resolve();
  expect([entered, queue.overflowing]).toEqual([false, false]);
  queue.take();
  queue.acknowledge(1n);
  await waiting;
  expect(entered).toBe(true);
});
