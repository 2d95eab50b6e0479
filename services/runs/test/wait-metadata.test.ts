import { WaitConditionService } from "@signalbox/gen/signalbox/runs/v1/wait_condition_service_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import type { PartUnderTest } from "@signalbox/runtime/testing/part.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitMetadataFilter } from "../src/migrations/0022-wait-metadata.ts";
import { purgeRun } from "../src/run/purge.ts";
import { as, type Lab, lab } from "./fixtures.ts";

describe.each(dialects)("wait conditions on %s", (dialect) => {
  let here: Lab;
  let run: string;
  beforeAll(async () => {
    here = await lab(dialect);
    run = await here.run();
    const metadata = { risk: { kind: { case: "number", value: 0.2 } }, team: { kind: { case: "text", value: "vision" } } } as const;
    await waits().createWaitCondition({ run, name: "approve", metadata });
    await waits().createWaitCondition({ run, name: "budget" });
  }, 60_000);
  afterAll(() => here.close());

  const waits = () => (here.parts[0] as PartUnderTest).client(WaitConditionService, as(here));
  async function names(filter: string, project = ""): Promise<string[]> {
    const { waitConditions } = await waits().listWaitConditions({ project, filter });
    return waitConditions.map(({ name }) => name);
  }

  test.each([
    ["metadata.risk > 0.1", ["approve"]],
    ['metadata.risk = 0.2 AND metadata.team = "vis*"', ["approve"]],
    ["metadata.risk > 0.2", []],
    ["metadata:team", ["approve"]],
    ["NOT metadata:*", ["budget"]],
    ["metadata:audience", []],
  ])("are found by %s", async (filter, found) => {
    for (const project of [here.project, ""]) expect(await names(filter, project)).toEqual(found);
  });

  test("from before they were found so are found too, and what is known goes with their run", async () => {
    const { db, dialect } = here.database;
    await db.schema.dropTable("runs_wait_metadata").execute();
    await waitMetadataFilter(dialect).up(db as never);
    expect(await names("metadata.risk = 0.2")).toEqual(["approve"]);
    await purgeRun(here.database, toId(here.world.workspace), toId(run), new AbortController().signal);
    expect(await db.selectFrom("runsWaitMetadata").select("key").execute()).toEqual([]);
  });
});
