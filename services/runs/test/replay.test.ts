import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Reuse } from "@signalbox/gen/signalbox/runs/v1/replay_pb.ts";
import { InputKind, type Run, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { fake } from "@signalbox/runtime/testing/part.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { statusName } from "../src/status/transitions.ts";
import { as, type Lab, lab, reportClient, runClient, type StepOf } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";

const chain: readonly StepOf[] = ["load", ["clean", "load"], ["train", "clean"], ["rate", "train"]];

describe.each(dialects)("replaying on %s", (dialect) => {
  let here: Lab;
  const statements: string[] = [];
  /** Artifact versions that the caller may read, and the project of each. */
  const versions = new Map<string, string>();
  beforeAll(async () => {
    const artifacts = fake(ArtifactVersionService, {
      batchGetArtifactVersions: ({ ids }) => ({
        artifactVersions: ids.flatMap((id) => (versions.has(id) ? [{ id, project: versions.get(id) ?? "" }] : [])),
      }),
    });
    here = await lab(dialect, 2, [artifacts], (sql) => statements.push(sql));
  }, 60_000);
  afterAll(() => here.close());

  const replay = (run: string, more: object = {}, replica = 0) =>
    runClient(here, replica).replayRun({ project: here.project, run, ...more });
  const end = (run: string, step: string, status: Status = Status.COMPLETED, more: object = {}) =>
    reportClient(here).endStep({ run, step, ended: { status, ...more } });
  const stepsOf = async (run: string) => (await runClient(here).listSteps({ run, pageSize: 1000 })).steps;
  const standing = async (run: string) => (await stepsOf(run)).map(({ name, status }) => `${name} ${statusName(status)}`).join(", ");

  /** A run of a chain of steps, done up to a step, each with an output that the next consumes. */
  async function done(upto: string, of: { readonly snapshot?: string; readonly parameters?: object } = {}): Promise<Run> {
    const { snapshot = here.snapshot({ steps: chain }), parameters } = of;
    const made = await runClient(here).createRun({ project: here.project, snapshot, running: true, ...(parameters && { parameters }) });
    const run = made.run?.id ?? "";
    let before: { name: string; artifactVersion: string }[] = [];
    for (const step of ["load", "clean", "train", "rate"]) {
      const started = {
        inputs: before,
        codeHash: `code of ${step}`,
        cacheKey: `${run}/${step}`,
        sourceCode: `def ${step}()`,
        upstream: [],
      };
      await reportClient(here).startStep({ run, step, started });
      before = [{ name: "output", artifactVersion: newUuid() }];
      if (step === upto) {
        await end(run, step, Status.COMPLETED, { outputs: before });
        break;
      }
      await end(run, step, Status.COMPLETED, { outputs: before });
    }
    const { run: now } = await runClient(here).getRun({ run });
    return now as Run;
  }

  test("what completed serves with what it consumed and produced, and the rest runs", async () => {
    const original = await done("train");
    await end(original.id, "rate", Status.FAILED);
    const { run, created } = await replay(original.name, { name: `again ${original.name}` });
    expect(created).toBe(true);
    expect(run).toMatchObject({
      ...{ originalRun: original.id, parentRun: "", rootRun: run?.id, status: Status.INITIALIZING, inProgress: true, generation: 1 },
      ...{ pipeline: original.pipeline, snapshot: original.snapshot, name: `again ${original.name}`, index: original.index + 1n },
      steps: { total: 4, cached: 3, completed: 0, running: 0 },
    });
    const [before, after] = [await stepsOf(original.id), await stepsOf(run?.id ?? "")];
    expect(after.map(({ name }) => name)).toEqual(["load", "clean", "train"]);
    for (const [i, step] of after.entries()) {
      const { id, inputs, outputs, upstream, codeHash, cacheKey } = before[i] as (typeof before)[number];
      expect(step).toMatchObject({ status: Status.CACHED, attempt: 1, cachedFrom: id, cachedFromRun: original.name });
      expect(step).toMatchObject({ inputs, outputs, upstream, codeHash, cacheKey });
      expect(step.id).not.toBe(id);
    }
    const { step: load } = await runClient(here).getStep({ run: run?.id ?? "", step: "load" });
    expect(load?.sourceCode).toBe("def load()");
    expect((await runClient(here).getRun({ run: original.id })).run?.status).toBe(Status.FAILED);

    const { steps, artifacts } = await runClient(here).getRunGraph({ run: run?.id ?? "" });
    expect(steps.map(({ name, planned }) => `${name} ${planned}`)).toEqual(["load false", "clean false", "train false", "rate true"]);
    expect(artifacts.map(({ producer, consumers }) => `${producer}→${consumers}`).sort()).toEqual(["clean→train", "load→clean", "train→"]);
    await reportClient(here).startStep({ run: run?.id ?? "", step: "rate" });
    expect(await reasonOf(reportClient(here).startStep({ run: run?.id ?? "", step: "load", attempt: 2 }))).toBe(Reason.TRANSITION_REFUSED);
    await end(run?.id ?? "", "rate");
    expect((await runClient(here).getRun({ run: run?.id ?? "" })).run).toMatchObject({
      ...{ status: Status.COMPLETED, inProgress: false },
      steps: { total: 4, cached: 3, completed: 1 },
    });
    const outbox = await here.database.db.selectFrom("runsOutbox").select(["kind", "subject"]).execute();
    const told = outbox.filter(({ kind }) => kind === "step.edges").map(({ subject }) => toUuid(subject));
    expect(told).toEqual(expect.arrayContaining(after.map(({ id }) => id)));
    const events = await here.database.db
      .selectFrom("runsEvent")
      .select("kind")
      .where("runId", "=", toId(run?.id ?? ""))
      .execute();
    expect(events.filter(({ kind }) => kind === "step.cached")).toHaveLength(3);
  });

  test("names say what runs again, with all after it, and what must serve", async () => {
    const original = await done("rate");
    expect(original.status).toBe(Status.COMPLETED);
    const again = await replay(original.id, { again: ["clean"] });
    expect(await standing(again.run?.id ?? "")).toBe("load CACHED");
    const some = await replay(original.id, { reuse: Reuse.NOTHING, skip: ["clean"] });
    expect(await standing(some.run?.id ?? "")).toBe("load CACHED, clean CACHED");
    const nothing = await replay(original.id, { reuse: Reuse.NOTHING });
    expect(nothing.run).toMatchObject({ steps: { total: 4, cached: 0 } });
    // A replay is replayed, and steps lead to those that computed what serves.
    const twice = await replay(again.run?.id ?? "", { running: true });
    const [load] = await stepsOf(twice.run?.id ?? "");
    expect(load).toMatchObject({ status: Status.CACHED, cachedFromRun: original.name });
    expect(twice.run).toMatchObject({ originalRun: again.run?.id, status: Status.RUNNING });
    const { runs } = await runClient(here).listRuns({ filter: `original_run = ${original.id}`, orderBy: "create_time" });
    expect(runs.map(({ id }) => id)).toEqual([again, some, nothing].map(({ run }) => run?.id));
  });

  test("other parameters serve nothing unless it is said, and are kept; the same ones are those of the original", async () => {
    const original = await done("train", { parameters: { text: '{"seed":1}' } });
    expect((await replay(original.id)).run).toMatchObject({ parameters: { text: '{"seed":1}' }, steps: { cached: 3 } });
    expect((await replay(original.id, { parameters: { text: '{"seed":1}' } })).run).toMatchObject({ steps: { cached: 3 } });
    const other = { parameters: { text: '{"seed":2}' } };
    expect((await replay(original.id, other)).run).toMatchObject({ ...other, steps: { cached: 0 } });
    expect((await replay(original.id, { ...other, skip: ["load"] })).run).toMatchObject({ ...other, steps: { cached: 1 } });
    expect((await replay(original.id, { ...other, reuse: Reuse.COMPLETED })).run).toMatchObject({ ...other, steps: { cached: 3 } });
  });

  test("of another snapshot, what is done otherwise runs, with all after it", async () => {
    const [one, same, other] = ["a", "a", "b"].map((codeHash) =>
      here.snapshot({ steps: [{ name: "load" }, { name: "clean", upstream: ["load"], codeHash }, ["train", "clean"], ["rate", "train"]] }),
    );
    const original = await done("train", { snapshot: one as string });
    expect((await replay(original.id, { snapshot: same })).run).toMatchObject({ snapshot: same, steps: { cached: 3 } });
    expect((await replay(original.id, { snapshot: other })).run).toMatchObject({ steps: { cached: 1, total: 4 } });
    const moved = here.snapshot({ steps: ["load", ["clean", "load"], ["train", "load", "clean"], "look"] });
    const second = await replay((await done("train")).id, { snapshot: moved });
    expect(await standing(second.run?.id ?? "")).toBe("load CACHED, clean CACHED");
    expect(second.run).toMatchObject({ steps: { total: 4, cached: 2 } });
    const foreign = here.snapshot({ steps: chain, pipeline: newUuid(), pipelineName: "others" });
    expect(await reasonOf(replay(original.id, { snapshot: foreign }))).toBe(Reason.FIELD_INVALID);
    expect(await reasonOf(replay(original.id, { snapshot: here.snapshot({ project: here.other }) }))).toBe(Reason.NOT_FOUND);
    expect(await reasonOf(replay(original.id, { snapshot: newUuid() }))).toBe(Reason.NOT_FOUND);
  });

  test("steps of a dynamic run serve by what they came after; what was left out stays so", async () => {
    const run = await here.run();
    await end(run, "load");
    await end(run, "draw", Status.SKIPPED, { reason: "no screen" });
    await reportClient(here).startStep({ run, step: "train", started: { upstream: ["load", "draw"] } });
    await end(run, "train");
    await reportClient(here).startStep({ run, step: "lost", started: { upstream: ["train"] } });
    await end(run, "lost", Status.FAILED);
    await reportClient(here)
      .startStep({ run, step: "rate", started: { upstream: ["lost"] } })
      .catch(() => undefined);
    await reportClient(here).endRun({ run, ended: { status: Status.FAILED } });
    const { run: made } = await replay(run, { running: true });
    expect(await standing(made?.id ?? "")).toBe("load CACHED, draw SKIPPED, train CACHED");
    expect(made).toMatchObject({ dynamic: true, status: Status.RUNNING, steps: { total: 3, cached: 2, skipped: 1 } });
    expect((await stepsOf(made?.id ?? ""))[1]).toMatchObject({ statusReason: "no screen", cachedFrom: "" });
    await end(made?.id ?? "", "lost");
    expect((await reportClient(here).endRun({ run: made?.id ?? "", ended: { status: Status.COMPLETED } })).run).toMatchObject({
      ...{ status: Status.COMPLETED, steps: { total: 4, cached: 2, completed: 1, skipped: 1 } },
    });
    expect(await reasonOf(replay(run, { again: ["sing"] }))).toBe(Reason.NOT_FOUND);
  });

  test("what steps consume instead is told with the run, and they run again", async () => {
    const original = await done("rate");
    const [mine, foreign, unseen] = [newUuid(), newUuid(), newUuid()];
    versions.set(mine, here.project).set(foreign, here.other);
    const override = { step: "train", input: "output", artifactVersion: mine };
    const { run } = await replay(original.id, { overrides: [override], running: true });
    expect(run).toMatchObject({ overrides: [override], steps: { cached: 2 } });
    const id = run?.id ?? "";
    expect((await runClient(here, 1).getRun({ run: id })).run?.overrides).toMatchObject([override]);
    expect((await runClient(here).listRuns({ filter: `id = ${id}` })).runs[0]?.overrides).toMatchObject([override]);
    const inputs = [{ name: "output", artifactVersion: mine, kind: InputKind.OVERRIDE }];
    const { step } = await reportClient(here).startStep({ run: id, step: "train", started: { inputs } });
    expect(step?.inputs).toMatchObject(inputs);
    for (const [overrides, reason] of [
      [[override, override], Reason.FIELD_INVALID],
      [[{ ...override, artifactVersion: foreign }], Reason.NOT_FOUND],
      [[{ ...override, artifactVersion: unseen }], Reason.NOT_FOUND],
      [[{ ...override, step: "sing" }], Reason.NOT_FOUND],
    ] as const) {
      expect(await reasonOf(replay(original.id, { overrides }))).toBe(reason);
    }
    expect(await reasonOf(replay(original.id, { overrides: [override], skip: ["train"] }))).toBe(Reason.FIELD_INVALID);
    await reportClient(here).endRun({ run: id, ended: { status: Status.STOPPED } });
    await end(id, "train", Status.STOPPED);
    await runClient(here).deleteRun({ run: id });
    const left = here.database.db.selectFrom("runsOverride").select("step").where("runId", "=", toId(id));
    expect(await left.execute()).toEqual([]);
  });

  test("is refused where it makes no sense, and to those who may not", async () => {
    const original = await done("rate");
    expect(await reasonOf(replay(original.id))).toBe(Reason.FIELD_INVALID);
    expect(await reasonOf(replay("no such run"))).toBe(Reason.NOT_FOUND);
    expect(await reasonOf(replay(original.id, { project: here.other }))).toBe(Reason.NOT_FOUND);
    expect(await reasonOf(replay(original.id, { again: ["load"], name: original.name }))).toBe(Reason.NAME_TAKEN);
    const reader = here.parts[0]?.client(RunService, { ...as(here), principal: here.world.viewer });
    const asked = { project: here.project, run: original.id, again: ["load"] };
    expect(await reasonOf(reader?.replayRun(asked) ?? Promise.resolve())).toBe(Reason.PERMISSION_MISSING);
    const stranger = here.parts[0]?.client(RunService, { ...as(here), principal: here.world.stranger });
    expect(await reasonOf(stranger?.replayRun(asked) ?? Promise.resolve())).toBe(Reason.NOT_FOUND);
  });

  test("of any number of repeats there is one run, whoever answers", async () => {
    const original = await done("train");
    await end(original.id, "rate", Status.FAILED);
    const id = newUuid();
    const asked = await Promise.all(Array.from({ length: 20 }, (_, i) => replay(original.id, { id }, i % 2)));
    expect(new Set(asked.map(({ run }) => run?.id))).toEqual(new Set([id]));
    expect(asked.filter(({ created }) => created)).toHaveLength(1);
    expect(await stepsOf(id)).toHaveLength(3);
    expect(await reasonOf(replay(original.id, { id, again: ["load"] }))).toBe(Reason.ID_REUSED);
    const job = await Promise.all(Array.from({ length: 10 }, (_, i) => replay(original.id, { orchestratorRun: `job ${id}` }, i % 2)));
    expect(new Set(job.map(({ run }) => run?.id)).size).toBe(1);
    const many = await Promise.all(Array.from({ length: 12 }, (_, i) => replay(original.id, {}, i % 2)));
    expect(new Set(many.map(({ run }) => run?.name)).size).toBe(12);
    for (const { run } of many) expect(run?.steps).toMatchObject({ cached: 3, total: 4 });
    const placeholder = await runClient(here).createRun({
      project: here.project,
      snapshot: original.snapshot,
      orchestratorRun: "who comes",
    });
    expect(placeholder).toMatchObject({ created: false, run: { originalRun: original.id, steps: { cached: 3 } } });
  });

  test("a thousand steps are copied by few statements", async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `s${i}`);
    const snapshot = here.snapshot({
      steps: [...names.map((name, i): StepOf => (i === 0 ? name : [name, `s${i - 1}`])), ["last", "s999"]],
    });
    const original = await here.run(snapshot);
    let sequence = 0n;
    for (let at = 0; at < 1000; at += 500) {
      const reports = names.slice(at, at + 500).map((step) => {
        const outputs = [{ name: "output", artifactVersion: newUuid() }];
        sequence += 1n;
        return { sequence, step, change: { case: "ended" as const, value: { status: Status.COMPLETED, outputs } } };
      });
      await reportClient(here).batchReport({ run: original, reports });
    }
    statements.length = 0;
    const { run } = await replay(original);
    expect(run?.steps).toMatchObject({ total: 1001, cached: 1000 });
    // SQLite's are shorter, since each is kept compiled.
    expect(statements.length).toBeLessThan(dialect === "sqlite" ? 80 : 45);
    expect((await stepsOf(run?.id ?? "")).every(({ outputs }) => outputs.length === 1)).toBe(true);
  }, 60_000);
});
