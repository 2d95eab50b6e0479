import { expect, test } from "vitest";
import { readiness } from "./health.ts";

test("a check that hangs is answered for in time, and not joined by others before ten seconds", async () => {
  let now = 0;
  let asked = 0;
  const ready = readiness(
    () => {
      asked += 1;
      return asked > 1 ? Promise.resolve() : new Promise(() => undefined);
    },
    () => now,
  );
  for (now of [0, 5_000]) expect([await ready.fault(), asked]).toEqual(["a check did not answer in time", 1]);
  now = 10_001;
  expect([await ready.fault(), asked]).toEqual([undefined, 2]);
});

test("what is wrong is told in words, and well again when it is", async () => {
  let now = 0;
  let wrong = true;
  const ready = readiness(
    async () => {
      if (wrong) throw new Error("the database cannot be reached");
    },
    () => now,
  );
  expect(await ready.fault()).toBe("the database cannot be reached");
  [wrong, now] = [false, 600];
  expect(await ready.fault()).toBeUndefined();
  ready.drain();
  expect(await ready.fault()).toBe("stopping");
});
