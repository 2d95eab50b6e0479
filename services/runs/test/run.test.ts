import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";

describe.each(dialects)("runs on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect);
  });
  afterAll(() => here.close());

  const client = () => runClient(here);

  test("a run begins with a name, a number and its plan", async () => {
    const snapshot = here.snapshot({ steps: ["a", ["b", "a"]] });
    const { run, created } = await client().createRun({ project: here.project, snapshot, parameters: { text: '{"rate": 0.1}' } });
    expect(created).toBe(true);
    expect(run).toMatchObject({
      project: here.project,
      snapshot,
      pipelineName: "penguins",
      status: Status.INITIALIZING,
      inProgress: true,
      orchestratorRun: "",
      revision: 1n,
      parameters: { text: '{"rate": 0.1}' },
      owner: { id: here.world.developer, name: "dev" },
    });
    expect(run?.name).toMatch(/^[a-z]+-[a-z]+(-\d+)?$/);
    expect(run?.steps?.total).toBe(2);
    const again = await client().getRun({ run: run?.name ?? "", project: here.project });
    expect(again.run).toEqual(run);
  });

  test("numbers of one pipeline have no gaps", async () => {
    const snapshot = here.snapshot({ pipeline: newUuid() });
    const made = await Promise.all(Array.from({ length: 10 }, () => client().createRun({ project: here.project, snapshot })));
    expect(made.map(({ run }) => Number(run?.index)).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test("a repeat with the same id answers with the run, other content is refused", async () => {
    const request = { id: newUuid(), project: here.project, snapshot: here.snapshot(), name: `r-${newUuid()}` };
    const { run } = await client().createRun(request);
    const repeated = await client().createRun(request);
    expect(repeated).toMatchObject({ created: false, run: { id: run?.id, index: run?.index } });
    expect(await reasonOf(client().createRun({ ...request, running: true }))).toBe(Reason.ID_REUSED);
    expect(await reasonOf(client().createRun({ ...request, id: newUuid() }))).toBe(Reason.NAME_TAKEN);
  });

  test("the same orchestrator run is the same run, and claims a placeholder", async () => {
    const snapshot = here.snapshot();
    const placeholder = await client().createRun({ project: here.project, snapshot });
    const claimed = await client().createRun({ project: here.project, snapshot, orchestratorRun: "job-1", running: true });
    expect(claimed).toMatchObject({ created: false, run: { id: placeholder.run?.id, orchestratorRun: "job-1", status: Status.RUNNING } });
    const same = await client().createRun({ project: here.project, snapshot, orchestratorRun: "job-1" });
    expect(same).toMatchObject({ created: false, run: { id: placeholder.run?.id } });
    const other = await client().createRun({ project: here.project, snapshot, orchestratorRun: "job-1 " });
    expect(other.created).toBe(true);
  });

  test("a snapshot of another project is not found", async () => {
    const snapshot = here.snapshot({ project: here.other });
    expect(await reasonOf(client().createRun({ project: here.project, snapshot }))).toBe(Reason.NOT_FOUND);
    expect(await reasonOf(client().createRun({ project: here.project, snapshot: newUuid() }))).toBe(Reason.NOT_FOUND);
    expect(await reasonOf(client().getRun({ run: newUuid() }))).toBe(Reason.NOT_FOUND);
  });

  test("lists are filtered, ordered and cut into pages", async () => {
    const pipeline = newUuid();
    const snapshot = here.snapshot({ pipeline });
    const made: string[] = [];
    for (let i = 0; i < 5; i++)
      made.push((await client().createRun({ project: here.project, snapshot, running: i % 2 === 0 })).run?.id ?? "");
    const ask = { project: here.project, filter: `pipeline = "${pipeline}"`, pageSize: 2 };
    const seen: string[] = [];
    for (let pageToken = ""; ; ) {
      const page = await client().listRuns({ ...ask, pageToken, includeTotal: true });
      expect(page.totalSize).toBe(5n);
      seen.push(...page.runs.map(({ id }) => id));
      pageToken = page.nextPageToken;
      if (pageToken === "") break;
    }
    expect(seen).toEqual(made.toReversed());
    const running = await client().listRuns({
      project: here.project,
      filter: `pipeline = "${pipeline}" AND status = RUNNING AND in_progress = true`,
      orderBy: "index",
    });
    expect(running.runs.map(({ index }) => index)).toEqual([1n, 3n, 5n]);
    expect((await client().listRuns({ filter: 'pipeline.name = "penguins"', pageSize: 1 })).runs).toHaveLength(1);
    expect((await client().listRuns({ filter: 'pipeline.name = "others"' })).runs).toHaveLength(0);
    expect(await reasonOf(client().listRuns({ orderBy: "stack" }))).toBe(Reason.ORDER_INVALID);
    // Numbers count in a pipeline, so in a workspace they order nothing.
    expect(await reasonOf(client().listRuns({ orderBy: "index" }))).toBe(Reason.ORDER_INVALID);
  });

  test("a run that has ended can be deleted, and nothing of it stays", async () => {
    const run = await here.run();
    await reportClient(here).startStep({ run, step: "a", started: { parameters: { text: "{}" } } });
    const { name } = (await client().getRun({ run })).run ?? { name: "" };
    const [word = "", ...more] = name.toUpperCase().split(/[^A-Z0-9]+/);
    const { runs } = await client().listRuns({ filter: `name:"${[...more, word.slice(0, 3)].join(" ")}"` });
    expect(runs.map(({ id }) => id)).toContain(run);
    expect(await reasonOf(client().deleteRun({ run }))).toBe(Reason.IN_USE);
    await client().stopRun({ run, force: true });
    await reportClient(here).endStep({ run, step: "a", ended: { status: Status.STOPPED } });
    await client().deleteRun({ run });
    expect(await reasonOf(client().getRun({ run }))).toBe(Reason.NOT_FOUND);
    const words = here.database.db.selectFrom("runsWord").selectAll().where("resourceId", "=", toId(run));
    expect(await words.execute()).toEqual([]);
    for (const table of ["runsStep", "runsEvent", "runsPurge"] as const) {
      const left = await here.database.db.selectFrom(table).selectAll().execute();
      expect(left.filter((row) => "runId" in row && row.runId.toString("hex") === run.replaceAll("-", ""))).toEqual([]);
    }
  });

  test("only who may see a run finds it", async () => {
    const run = await here.run();
    const stranger = here.parts[0]?.client(RunService, {
      principal: here.world.stranger,
      workspace: here.world.workspace,
    });
    expect(await reasonOf(stranger?.getRun({ run }))).toBe(Reason.NOT_FOUND);
    expect((await stranger?.listRuns({}))?.runs).toEqual([]);
  });
});
