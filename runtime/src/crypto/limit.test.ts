import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { expect, test } from "vitest";
import { limiter } from "./limit.ts";

test("no more run at once than allowed, all that wait are served, and one that fails gives its place on", async () => {
  const limited = limiter({ running: 2, waiting: 10 });
  let active = 0;
  let most = 0;
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) =>
      limited(async () => {
        most = Math.max(most, ++active);
        await new Promise((resolve) => setTimeout(resolve, 1));
        active -= 1;
        if (index % 3 === 0) throw new Error("failed");
        return index;
      }),
    ),
  );
  expect(most).toBe(2);
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(6);
});

test("more than may wait are told at once", async () => {
  const limited = limiter({ running: 1, waiting: 1 });
  let release = () => {};
  const first = limited(() => new Promise<void>((resolve) => (release = resolve)));
  const second = limited(async () => {});
  await expect(limited(async () => {})).rejects.toMatchObject({ reason: Reason.UNAVAILABLE });
  release();
  await Promise.all([first, second]);
});
