import { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { list } from "@signalbox/runtime/store/page.ts";
import type { PageSeal } from "@signalbox/runtime/store/page-seal.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { multiply } from "@signalbox/runtime/testing/multiply.ts";
import { type Planner, planner, wasteful } from "@signalbox/runtime/testing/plans.ts";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runListing } from "../src/run/listing.ts";
import type { RunsTables, RunTable } from "../src/tables.ts";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";

const rows = 20_000;
const orders = ["", "create_time", "name", "name desc", "start_time", "start_time desc", "end_time", "end_time desc"];

// Tokens are not what is tested here.
const seal = {
  seal: (plain: Uint8Array) => Buffer.from(plain).toString("base64"),
  open: (token: string) => Buffer.from(token, "base64"),
} as unknown as PageSeal;

describe.each(dialects)("lists of runs on %s", (dialect) => {
  let here: Lab;
  let row: RunTable;
  let pipeline: string;
  let planned: Planner<RunsTables>;

  beforeAll(async () => {
    here = await lab(dialect);
    planned = planner(here.database, here.url);
    const { db } = planned;
    row = await db
      .selectFrom("runsRun")
      .selectAll()
      .where("id", "=", toId(await here.run()))
      .executeTakeFirstOrThrow();
    await multiply(here.database as never, "runs_run", row, { count: rows }, (make, n) => ({
      id: make.id(n),
      name: make.text("copy-", n),
      claimKey: make.hash(n),
      index: sql`1 + ${n}`,
      status: sql`1 + ${n} % 9`,
      pipelineId: make.id(sql`${n} % 50`, 10 ** 9),
      parentRunId: make.id(sql`${n} % 50`, 10 ** 9),
      rootRunId: make.id(sql`${n} % 50`, 10 ** 9),
      originalRunId: make.id(sql`${n} % 50`, 10 ** 9),
      nested: sql`${n} % 2`,
      startTime: n,
      endTime: sql`${n} % 400`,
      createTime: sql`${sql.lit(row.createTime)} + ${n}`,
    }));
    const { pipelineId } = await db.selectFrom("runsRun").select("pipelineId").where("name", "=", "copy-7").executeTakeFirstOrThrow();
    pipeline = toUuid(pipelineId);
    const { fact, series } = await logged(here, toUuid(row.id));
    await multiply(here.database as never, "runs_fact", fact, { count: rows, by: "key" }, (make, n) => ({
      runId: make.id(n),
      number: sql`${n} % 400`,
    }));
    await multiply(here.database as never, "runs_series", series, { count: rows, by: "name" }, (make, n) => ({
      runId: make.id(n),
      last: sql`${n} % 400`,
    }));
    for (const table of dialect === "mysql" ? ["runs_run", "runs_fact", "runs_series"] : [""])
      await sql.raw(dialect === "mysql" ? `analyze table ${table}` : "analyze").execute(db);
  }, 60_000);
  afterAll(async () => {
    await planned.close();
    await here.close();
  });

  /** How the engine means to read the first page of a list, and the second. */
  function plans(inProject: boolean, filter: string, orderBy: string): Promise<string[]> {
    const peers = () => {
      throw new Error("nothing is asked of other services");
    };
    const listing = runListing(
      { peers: peers as never, names: here.policy, database: { ...here.database, db: planned.db } },
      {
        workspaceId: row.workspaceId,
        projectId: inProject ? row.projectId : undefined,
        visible: { all: true },
      },
    );
    const all = planned.db.selectFrom("runsRun").selectAll().where("workspaceId", "=", row.workspaceId);
    const query = inProject ? all.where("projectId", "=", row.projectId) : all;
    return planned.plans(async () => {
      for (let pageToken = "", page = 0; page < 2; page++) {
        const context = { ...here.database, seal, bound: [] };
        const answer = await list(query, listing, { filter, orderBy, pageSize: 20, pageToken }, context);
        expect(answer.rows).toHaveLength(20);
        pageToken = answer.nextPageToken;
      }
    });
  }

  test.each([
    ["metadata.rows = 7", "runs_fact_value"],
    ["metadata.rows < 2", "runs_fact_value"],
    ["metadata.rows >= 0", "runs_fact_value"],
    ["metadata:rows", "runs_fact_value"],
    ["metrics.loss < 2", "runs_series_last"],
    ["metrics.loss >= 0", "runs_series_last"],
  ])("%s asks %s, and not more of it than is needed", async (filter, index) => {
    const read = await plans(false, filter, "");
    const asked = read.find((plan) => plan.includes(index));
    expect(asked).toBeDefined();
    // Few are read by their ids and sorted; many are met in order.
    const such = filter.includes(">=") ? read.filter((plan) => /runs_(fact|series)/.test(plan)) : [asked as string];
    for (const plan of such) expect(plan).not.toMatch(wasteful);
  });

  // One run in five, more than are looked up one by one.
  const every = 5;

  describe("with a tag that many have", () => {
    beforeAll(async () => {
      const { db } = planned;
      const { workspaceId } = row;
      const known = { workspaceId, id: workspaceId, name: "fifth", exclusive: 0, revision: 1, settleTime: 0, goneTime: 0 };
      await db.insertInto("runsKnownTag").values(known).execute();
      await sql`
        insert into runs_tagging (workspace_id, kind, resource_id, tag_id, project_id, scope_id, resource_time, create_time)
        select workspace_id, ${sql.lit(ResourceKind.RUN)}, id, workspace_id, project_id, pipeline_id, create_time, create_time
        from runs_run where start_time % ${sql.lit(every)} = 0 and start_time <= ${sql.lit(rows)}`.execute(db);
      await sql.raw(dialect === "mysql" ? "analyze table runs_tagging, runs_known_tag" : "analyze").execute(db);
    }, 60_000);

    test.each([false, true])("in a project: %s: the index of its holders is followed", async (inProject) => {
      for (const filter of ["tags:fifth", "tags:fifth AND NOT tags:other"]) {
        const walks = (await plans(inProject, filter, "")).filter(
          (plan) => plan.includes("runs_tagging_newest") && !plan.includes("runs_run"),
        );
        expect(walks.length).toBeGreaterThan(1);
        for (const plan of walks) expect(plan).not.toMatch(wasteful);
      }
    });

    test("pages have all of them, newest first, and nothing else", async () => {
      const seen: number[] = [];
      for (let pageToken = ""; ; ) {
        const { runs, nextPageToken } = await runClient(here).listRuns({ filter: "tags:fifth", pageSize: 999, pageToken });
        seen.push(...runs.map(({ startTime }) => (startTime?.nanos ?? 0) / 1000));
        pageToken = nextPageToken;
        if (!pageToken) break;
      }
      expect(seen).toEqual(Array.from({ length: rows / every }, (_, i) => rows - i * every));
    }, 60_000);
  });

  const cases = [
    ...orders.flatMap((order) => [false, true].map((inProject) => [order || "newest first", inProject, "", order] as const)),
    ["index desc", true, "", "index desc"] as const,
    ["newest in progress", true, "in_progress = true", ""] as const,
    ["newest that are nested", true, "nested = true", ""] as const,
    ...[false, true].flatMap((inProject) => [
      ["newest of a status", inProject, "status = COMPLETED", ""] as const,
      ["newest of a pipeline", inProject, "pipeline", ""] as const,
      ...["parent_run", "root_run", "original_run"].map((field) => [`newest of a ${field}`, inProject, field, ""] as const),
      ["newest of an owner", inProject, "owner = dev", ""] as const,
      ["newest on no stack", inProject, "stack = 00000000-0000-0000-0000-000000000000", ""] as const,
    ]),
  ];

  test.each(cases)("%s, in a project: %s: reads an index in its order, on every page", async (_, inProject, filter, order) => {
    const read = await plans(inProject, /^\w+$/.test(filter) ? `${filter} = ${pipeline}` : filter, order);
    expect(read).toHaveLength(2);
    for (const plan of read) {
      expect(plan).toContain("runs_run_");
      expect(plan).not.toMatch(wasteful);
    }
  });
});

/** What a run logged, as rows. */
async function logged(here: Lab, run: string) {
  await reportClient(here).startStep({ run, step: "train" });
  const values = { rows: { kind: { case: "integer" as const, value: 7n } } };
  const points = [{ name: "loss", index: 1n, value: 7 }];
  const reports = [
    { sequence: 1n, step: "train", change: { case: "metadata" as const, value: { values } } },
    { sequence: 2n, step: "train", change: { case: "metrics" as const, value: { points } } },
  ];
  await reportClient(here).batchReport({ run, reporter: "test", reports });
  const { db } = here.database;
  return {
    fact: await db.selectFrom("runsFact").selectAll().executeTakeFirstOrThrow(),
    series: await db.selectFrom("runsSeries").selectAll().executeTakeFirstOrThrow(),
  };
}
