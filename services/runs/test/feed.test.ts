import { memoryWakeups } from "@signalbox/runtime/cache/wakeups.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { createPolicy } from "@signalbox/runtime/policy/policy.ts";
import { openDatabase } from "@signalbox/runtime/store/database.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { overrideReader } from "../src/replay/overrides.ts";
import { topicOfRun } from "../src/report/reporting.ts";
import { documentReader } from "../src/run/documents.ts";
import { type Feed, type Look, runFeeds } from "../src/run/feed.ts";
import { runStore } from "../src/run/store.ts";
import { stepStore } from "../src/step/store.ts";
import type { RunsTables } from "../src/tables.ts";
import { waitStore } from "../src/wait/store.ts";
import { type Lab, lab, reportClient } from "./fixtures.ts";

const watchers = 200;

describe.each(dialects)("a run that many watch on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect);
  });
  afterAll(() => here.close());

  test("is read once for all of them, who get the same messages, and not at all when they have left", async () => {
    const statements: string[] = [];
    const database = openDatabase<RunsTables>(here.url, { onQuery: ({ sql }) => statements.push(sql) });
    const wakeups = memoryWakeups();
    const documents = documentReader(database.db);
    const names = createPolicy();
    const noPeers = () => {
      throw new Error("nothing is asked of other services");
    };
    const [steps, waits] = [stepStore({ database, peers: noPeers, names }, documents), waitStore(database, documents, names)];
    const overrides = overrideReader(database);
    const needs = { runs: runStore(database), steps, waits, documents, overrides, names, wakeups };
    const feedOf = runFeeds(needs);
    const run = await here.run();
    const all: Feed[] = Array.from({ length: watchers }, () => feedOf(toId(here.world.workspace), toId(run)));
    const first = await Promise.all(all.map((feed) => feed.look()));
    const waiting = Promise.all(all.map((feed, i) => feed.after(first[i] as (typeof first)[number])));

    await reportClient(here).startStep({ run, step: "a" });
    statements.length = 0;
    wakeups.notify(topicOfRun(toId(run)));
    const looks = await waiting;
    const portions = await Promise.all(all.map((feed, i) => feed.changes(looks[i] as Look, first[0]?.revision ?? 0)));
    expect(new Set(looks).size).toBe(1);
    expect(looks[0]?.revision).toBeGreaterThan(first[0]?.revision ?? 0);
    expect(new Set(portions.map(({ messages }) => messages)).size).toBe(1);
    expect(portions[0]?.messages.messages).toMatchObject([
      { part: { case: "run" } },
      { part: { case: "steps", value: { steps: [{ name: "a" }] } } },
      { part: { case: "current", value: BigInt(looks[0]?.revision ?? 0) } },
    ]);
    // The run and its steps; whatever those refer to was read before, or is nothing.
    expect(statements.length).toBeLessThanOrEqual(4);

    for (const feed of all) feed.leave();
    statements.length = 0;
    wakeups.notify(topicOfRun(toId(run)));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(statements).toEqual([]);
    await database.close();
  });
});
