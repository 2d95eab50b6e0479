import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { expect, test } from "vitest";
import { startPlane } from "../src/plane.ts";
import { story } from "../src/story.ts";
import { telling } from "../src/telling.ts";

const told = new Map<string, readonly string[]>();

test.each(dialects)("on %s a story has an end, and no fault of the server in it", async (dialect) => {
  const plane = await startPlane(dialect);
  try {
    const { tell, lines } = telling();
    await story(plane, tell);
    told.set(dialect, lines);
    expect(lines.filter((line) => /-> (INTERNAL|UNAVAILABLE|DEADLINE_EXCEEDED|status)/.test(line))).toEqual([]);
    expect(lines.length).toBeGreaterThan(200);
  } finally {
    await plane.close();
  }
});

const [reference = "", ...others] = dialects;
test.each(others)("on %s it goes word for word as on the first database", (dialect) => {
  const differing = told
    .get(dialect)
    ?.map((line, index) => [told.get(reference)?.[index], line])
    .filter(([one, other]) => one !== other);
  expect(differing).toEqual([]);
});
