import { setImmediate as turn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { memoryWakeups } from "./wakeups.ts";

test("subscribers of a topic are woken, once for many notifications", async () => {
  const { notify, subscribe } = memoryWakeups();
  const [runs, other] = [vi.fn(), vi.fn()];
  subscribe("runs", runs);
  subscribe("other", other);
  for (let n = 0; n < 5; n += 1) notify("runs");
  expect(runs).not.toHaveBeenCalled();
  await turn();
  expect(runs).toHaveBeenCalledTimes(1);
  notify("runs");
  await turn();
  expect(runs).toHaveBeenCalledTimes(2);
  expect(other).not.toHaveBeenCalled();
});

test("a subscription ends alone, also when the same function subscribed twice", async () => {
  const { notify, subscribe, close } = memoryWakeups();
  const wake = vi.fn();
  const end = subscribe("runs", wake);
  subscribe("runs", wake);
  end();
  end();
  notify("runs");
  await turn();
  expect(wake).toHaveBeenCalledTimes(1);
  await close();
  notify("runs");
  await turn();
  expect(wake).toHaveBeenCalledTimes(1);
});
