import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";

const environment = { text: '{"python":"3.13"}' };
const exception = { type: "ValueError", message: "no penguins", traceback: "line 1", source: "raise", line: 7 };
const seconds = (count: number) => ({ seconds: BigInt(count), nanos: 0 });

describe.each(dialects)("what few runs have on %s", (dialect) => {
  const statements: string[] = [];
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect, 2, [], (sql) => statements.push(sql));
  }, 60_000);
  afterAll(() => here.close());

  const get = async (run: string) => (await runClient(here, 1).getRun({ run })).run;

  test("is taken over of the snapshot", async () => {
    const { project } = here;
    const [build, template, sourceSnapshot, codeRepository] = [newUuid(), newUuid(), newUuid(), newUuid()];
    const code = { $typeName: "signalbox.registry.v1.CodeReference", repository: "", path: "", dirty: false, id: "", url: "" } as const;
    const snapshot = here.snapshot({ build, template, sourceSnapshot, runnable: true, code: { ...code, codeRepository, commit: "abc" } });
    const taken = { build, template, sourceSnapshot, codeRepository, codeCommit: "abc", templatable: true };
    const id = newUuid();
    expect((await runClient(here).createRun({ id, project, snapshot })).run).toMatchObject(taken);
    expect(await get(id)).toMatchObject(taken);
    const { runs } = await runClient(here).listRuns({ project, filter: `id = ${id}` });
    expect(runs).toMatchObject([taken]);
    const replayed = await runClient(here).replayRun({ id: newUuid(), project, run: id });
    expect(replayed.run).toMatchObject(taken);
  });

  test("costs runs that have none of it nothing", async () => {
    await here.run();
    statements.length = 0;
    const run = await here.run();
    await get(run);
    await reportClient(here).endRun({ run, ended: { status: Status.COMPLETED } });
    expect(statements.filter((sql) => sql.includes("runs_run_trait"))).toEqual([]);
  });

  test("is told by whoever creates the run, and again by whoever claims it", async () => {
    const { project } = here;
    const [snapshot, modelVersion, id] = [here.snapshot(), newUuid(), newUuid()];
    const request = { id, project, snapshot, modelVersion, orchestratorEnvironment: environment };
    const { run } = await runClient(here).createRun(request);
    expect(run).toMatchObject({ modelVersion, orchestratorEnvironment: environment });
    expect((await runClient(here).createRun(request)).created).toBe(false);
    const other = { text: '{"python":"3.14"}' };
    const claim = { id: newUuid(), project, snapshot, orchestratorRun: "pod-1", orchestratorEnvironment: other };
    const claimed = await runClient(here, 1).createRun(claim);
    expect(claimed).toMatchObject({ created: false, run: { id, modelVersion, orchestratorEnvironment: other } });
  });

  test("is told with the end of the run, once, and forgotten when it is resumed", async () => {
    const run = await here.run();
    const outputs = [{ name: "model", artifactVersion: newUuid() }];
    const ended = { status: Status.FAILED, exception, outputs };
    const twice = { ...ended, outputs: [...outputs, ...outputs] };
    expect(await reasonOf(reportClient(here).endRun({ run, ended: twice }))).toBe(Reason.FIELD_INVALID);
    await reportClient(here).endRun({ run, ended });
    const failed = await get(run);
    expect(failed).toMatchObject({ status: Status.FAILED, exception, outputs, statusReason: "ValueError: no penguins" });
    await reportClient(here, 1).endRun({ run, ended });
    expect((await get(run))?.revision).toBe(failed?.revision);
    await runClient(here).resumeRun({ id: newUuid(), run, running: true });
    const resumed = await get(run);
    expect(resumed).toMatchObject({ status: Status.RUNNING, outputs: [] });
    expect(resumed?.exception).toBeUndefined();
  });

  test("is told of a run that its steps ended, once", async () => {
    const run = await here.run(here.snapshot({ steps: ["train"] }));
    await reportClient(here).startStep({ run, step: "train" });
    const outputs = [{ name: "model", artifactVersion: newUuid() }];
    await reportClient(here).endStep({ run, step: "train", ended: { status: Status.COMPLETED } });
    expect(await get(run)).toMatchObject({ status: Status.COMPLETED, inProgress: false });
    await reportClient(here).endRun({ run, ended: { status: Status.COMPLETED, outputs } });
    const told = await get(run);
    expect(told?.outputs).toMatchObject(outputs);
    await reportClient(here).endRun({ run, ended: { status: Status.COMPLETED, outputs } });
    expect((await get(run))?.revision).toBe(told?.revision);
  });

  test("is the step that started it, of its parent", async () => {
    const { project } = here;
    const [parent, stranger] = [await here.run(), await here.run()];
    const { step } = await reportClient(here).startStep({ run: parent, step: "fan out" });
    const parentStep = step?.id ?? "";
    const child = { project, snapshot: here.snapshot(), parentRun: parent, childKey: "a", parentStep };
    expect((await runClient(here).createRun({ id: newUuid(), ...child })).run).toMatchObject({ parentRun: parent, parentStep });
    expect((await runClient(here).createRun({ id: newUuid(), project, snapshot: here.snapshot(), parentStep })).run).toMatchObject({
      parentStep,
    });
    const elsewhere = { id: newUuid(), ...child, parentRun: stranger };
    expect(await reasonOf(runClient(here).createRun(elsewhere))).toBe(Reason.NOT_FOUND);
    const unknown = { id: newUuid(), project, snapshot: here.snapshot(), parentStep: newUuid() };
    expect(await reasonOf(runClient(here).createRun(unknown))).toBe(Reason.NOT_FOUND);
    const foreign = { id: newUuid(), project: here.other, snapshot: here.snapshot({ project: here.other }), parentStep };
    expect(await reasonOf(runClient(here).createRun(foreign))).toBe(Reason.NOT_FOUND);
  });

  test("is changed by an update, with an etag only where nobody changed the run since", async () => {
    const run = await here.run();
    const [before, modelVersion] = [await get(run), newUuid()];
    const etag = before?.etag ?? "";
    const { run: updated } = await runClient(here).updateRun({ run, modelVersion, orchestratorEnvironment: environment, etag });
    expect(updated).toMatchObject({ modelVersion, orchestratorEnvironment: environment });
    expect((await runClient(here, 1).updateRun({ run, modelVersion, etag })).run?.etag).toBe(updated?.etag);
    const stale = runClient(here).updateRun({ run, modelVersion: newUuid(), etag });
    expect(await reasonOf(stale)).toBe(Reason.ETAG_MISMATCH);
    const cleared = await runClient(here).updateRun({ run, updateMask: { paths: ["orchestrator_environment"] } });
    expect(cleared.run).toMatchObject({ modelVersion });
    expect(cleared.run?.orchestratorEnvironment).toBeUndefined();
    const unknown = runClient(here).updateRun({ run, updateMask: { paths: ["name"] } });
    expect(await reasonOf(unknown)).toBe(Reason.FIELD_INVALID);
  });

  test("is how long it may be silent, until it ends", async () => {
    const run = await here.run();
    const quiet = await runClient(here).updateRun({ run, heartbeatTimeout: seconds(60) });
    expect(quiet.run?.heartbeatTimeout).toMatchObject(seconds(60));
    const never = await runClient(here, 1).updateRun({ run, updateMask: { paths: ["heartbeat_timeout"] } });
    expect(never.run?.heartbeatTimeout).toBeUndefined();
    await reportClient(here).endRun({ run, ended: { status: Status.COMPLETED } });
    expect(await reasonOf(runClient(here).updateRun({ run, heartbeatTimeout: seconds(60) }))).toBe(Reason.RUN_ENDED);
    expect((await runClient(here).updateRun({ run, modelVersion: newUuid() })).run?.status).toBe(Status.COMPLETED);
  });

  test("is changed by many at once while it is reported, and nothing of it is lost", async () => {
    const run = await here.run();
    const versions = Array.from({ length: 10 }, newUuid);
    const updates = versions.map((modelVersion, i) => runClient(here, i % 2).updateRun({ run, modelVersion }));
    const steps = versions.map((_, i) => reportClient(here, i % 2).startStep({ run, step: `step ${i}` }));
    const environments = runClient(here).updateRun({ run, orchestratorEnvironment: environment });
    await Promise.all([...updates, ...steps, environments]);
    const found = await get(run);
    expect(found).toMatchObject({ orchestratorEnvironment: environment, steps: { running: 10 } });
    expect(versions).toContain(found?.modelVersion);
  });

  test("goes with the run", async () => {
    const run = await here.run();
    await runClient(here).updateRun({ run, modelVersion: newUuid() });
    await reportClient(here).endRun({ run, ended: { status: Status.COMPLETED } });
    await runClient(here).deleteRun({ run });
    const rows = here.database.db.selectFrom("runsRunTrait").select("runId").where("runId", "=", toId(run));
    expect(await rows.execute()).toEqual([]);
  });
});
