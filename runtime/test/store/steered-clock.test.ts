import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { steeredClock } from "../../src/store/steered-clock.ts";
import { dialects, type FreshDatabase, freshDatabase } from "../../src/testing/databases.ts";

const second = 1_000_000;

describe.each(dialects)("the clock of %s", (dialect) => {
  let fresh: FreshDatabase;
  let database: Database<never>;
  beforeAll(async () => {
    fresh = await freshDatabase(dialect);
    database = openDatabase<never>(fresh.url);
  });
  afterAll(async () => {
    await database?.close();
    await fresh?.drop();
  });

  test.each([300, -300])("corrects a machine's that is %s seconds ahead", async (seconds) => {
    const { clock, follow, close } = steeredClock(() => systemClock() + seconds * second);
    await follow(database);
    expect(Math.abs(clock() - systemClock())).toBeLessThan(2 * second);
    close();
  });

  test("leaves one alone that is near", async () => {
    const { clock, follow, close } = steeredClock(() => systemClock() + second / 4);
    await follow(database);
    const difference = clock() - systemClock();
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(second);
    close();
  });

  test("the same instant never comes twice", async () => {
    let own = systemClock() - 300 * second;
    const { clock, follow, close } = steeredClock(() => own++);
    await follow(database);
    const first = clock();
    own -= 10 * second;
    expect(clock()).toBeGreaterThan(first);
    close();
  });
});
