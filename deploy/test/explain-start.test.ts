import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bootstrapOnce } from "../src/bootstrap-once.ts";
import { explainStart } from "../src/explain-start.ts";

test("what is said well already is told as it is", () => {
  expect(explainStart(new Error("it is so"))).toBe("it is so");
});

// A file lets anybody in.
describe.each(dialects.filter((dialect) => dialect !== "sqlite"))("%s", (dialect) => {
  let fresh: FreshDatabase;
  beforeAll(async () => {
    fresh = await freshDatabase(dialect);
  });
  afterAll(() => fresh.drop());

  test.each([
    ["a database that there is none of", { pathname: "/none-of-these" }],
    ["a wrong user", { username: "nobody", password: "hidden-word" }],
  ])("%s is told of as the setting to correct", async (_, wrong) => {
    const { href } = Object.assign(new URL(fresh.url), wrong);
    const text = await bootstrapOnce({ SIGNALBOX_DATABASE_URL: href }).then(() => "", explainStart);
    expect(text).toMatch(/^The database does not let this program in \(.+\): correct SIGNALBOX_DATABASE_URL\.$/);
    expect(text).not.toContain("hidden-word");
  });
});
