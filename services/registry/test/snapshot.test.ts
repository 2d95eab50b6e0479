import { ExecutionMode } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid, teachPerson } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

const text = '{\n  "zeta": 1, "alpha": 12345678901234567890.10, "🐧": "é"\n}';
const steps = [
  { name: "load", configuration: { text }, codeHash: "c0ffee", maxAttempts: 3 },
  { name: "clean 🧹", upstream: ["load"], configuration: { text } },
  { name: "fit", upstream: ["clean 🧹", "load"] },
];

describe.each(dialects)("pipelines and snapshots on %s", (dialect) => {
  let it: RegistryUnderTest;
  let project = "";
  let pipeline = "";
  const statements: string[] = [];
  beforeAll(async () => {
    it = await registryOn(dialect, {}, (sql) => statements.push(sql));
  });
  beforeEach(async () => {
    project = await it.project();
    pipeline = await it.pipeline(project, "train");
  });
  afterAll(() => it.close());

  test("a pipeline goes by its id, or by its name in its project", async () => {
    const { pipeline: found } = await it.viewer.pipelines.getPipeline({ pipeline });
    expect(found).toMatchObject({ id: pipeline, name: "train", project, owner: { name: "admin" } });
    expect((await it.viewer.pipelines.getPipeline({ pipeline: "train", project })).pipeline).toEqual(found);
    expect(await failureOf(it.viewer.pipelines.getPipeline({ pipeline: "train" }))).toMatchObject({
      reason: "FIELD_INVALID",
      violations: [{ field: "project" }],
    });
    expect(await reasonOf(it.viewer.pipelines.getPipeline({ pipeline: "train", project: await it.project() }))).toBe("NOT_FOUND");
    expect(await reasonOf(it.admin.pipelines.createPipeline({ project, name: "train" }))).toBe("NAME_TAKEN");
    const request = { id: newUuid(), project, name: "evaluate" };
    const { pipeline: created } = await it.admin.pipelines.createPipeline(request);
    const { project: named } = await it.admin.projects.getProject({ project });
    expect((await it.admin.pipelines.createPipeline({ ...request, project: named?.name ?? "" })).pipeline).toEqual(created);
    expect((await it.admin.pipelines.updatePipeline({ pipeline: "evaluate", project, name: "test" })).pipeline).toMatchObject({
      id: request.id,
      name: "test",
    });
  });

  test("a snapshot is what it was created as, byte for byte", async () => {
    const { stack } = await it.admin.stacks.createStack({ name: `stack ${project}`, components: await it.parts() });
    const request = {
      id: newUuid(),
      project,
      pipeline: "train",
      name: "baseline",
      stack: stack?.name ?? "",
      executionMode: ExecutionMode.CONTINUE_ON_FAILURE,
      steps,
      configuration: { text: "[1.0, 1e2]" },
      environment: { text: ` ${text}` },
      code: { repository: "https://example.org/r.git", commit: "0a1b", path: "a/b", dirty: true },
    };
    const { snapshot, created } = await it.admin.snapshots.createSnapshot(request);
    expect(created).toBe(true);
    expect(snapshot).toMatchObject({
      ...request,
      pipeline,
      pipelineName: "train",
      stack: stack?.id,
      steps: [
        { ...steps[0], upstream: [] },
        { ...steps[1], maxAttempts: 1, codeHash: "" },
        { ...steps[2], maxAttempts: 1 },
      ],
    });
    expect(snapshot?.steps[2]?.configuration).toBeUndefined();
    expect((await it.viewer.snapshots.getSnapshot({ snapshot: request.id })).snapshot).toEqual(snapshot);
    expect((await it.admin.snapshots.createSnapshot(request)).snapshot).toEqual(snapshot);
    expect((await it.admin.snapshots.createSnapshot({ ...request, id: "" })).created).toBe(false);
    expect(await reasonOf(it.admin.snapshots.createSnapshot({ ...request, steps: [] }))).toBe("ID_REUSED");
    expect(await reasonOf(it.admin.snapshots.createSnapshot({ ...request, id: "", steps: [] }))).toBe("NAME_TAKEN");
  });

  test("without a name the same content is one snapshot of a pipeline", async () => {
    const { snapshot, created } = await it.admin.snapshots.createSnapshot({ id: newUuid(), project, pipeline, steps });
    const again = await it.developer.snapshots.createSnapshot({
      id: newUuid(),
      project,
      pipeline: "train",
      steps: steps.map((step) => ({ ...step })),
    });
    expect([created, again.created]).toEqual([true, false]);
    expect(again.snapshot).toEqual(snapshot);
    const other = await it.admin.snapshots.createSnapshot({ project, pipeline, steps: steps.slice(0, 2) });
    const elsewhere = await it.admin.snapshots.createSnapshot({ project, pipeline: await it.pipeline(project), steps });
    const named = await it.admin.snapshots.createSnapshot({ project, pipeline, steps, name: "named" });
    expect([other.created, elsewhere.created, named.created]).toEqual([true, true, true]);
    expect(named.snapshot?.contentHash).toBe(snapshot?.contentHash);
    expect(elsewhere.snapshot?.contentHash).not.toBe(snapshot?.contentHash);
  });

  test("a document is kept once, whoever has it", async () => {
    const unique = JSON.stringify({ unique: newUuid() });
    const many = Array.from({ length: 1200 }, (_, i) => ({
      name: `step ${i}`,
      upstream: i ? [`step ${i - 1}`] : [],
      configuration: { text: unique },
    }));
    const { snapshot } = await it.admin.snapshots.createSnapshot({ project, pipeline, steps: many, environment: { text: unique } });
    expect(snapshot?.steps.map(({ name, upstream }) => ({ name, upstream }))).toEqual(
      many.map(({ name, upstream }) => ({ name, upstream })),
    );
    expect(await it.tables.db.selectFrom("registry_document").select("hash").where("text", "=", unique).execute()).toHaveLength(1);
  });

  test("a snapshot and a hundred of them are read in the same number of statements", async () => {
    const { workspace } = it.world;
    const ids = [];
    for (let i = 0; i < 20; i++) {
      const configuration = { text: JSON.stringify({ i, project }) };
      const { snapshot } = await it.admin.snapshots.createSnapshot({
        project,
        pipeline,
        configuration,
        steps: [{ name: `only ${i}`, configuration }],
      });
      ids.push(snapshot?.id ?? "");
    }
    const counting = async (asked: string[]) => {
      statements.length = 0;
      const { snapshots } = await it.runs.snapshots.resolveSnapshots({ workspace, ids: asked });
      expect(snapshots.map(({ id }) => id).sort()).toEqual(asked.toSorted());
      expect(snapshots.every(({ configuration, steps: [step] }) => configuration?.text === step?.configuration?.text)).toBe(true);
      return statements.length;
    };
    expect(await counting(ids.slice(0, 1))).toBe(4);
    expect(await counting(ids)).toBe(4);
    expect((await it.runs.snapshots.resolveSnapshots({ workspace, ids: [newUuid()] })).snapshots).toEqual([]);
    expect((await it.runs.snapshots.resolveSnapshots({ workspace: newUuid(), ids })).snapshots).toEqual([]);
  });

  test("a stack or pipeline that one may not read, or that there is not, is not found", async () => {
    const person = newUuid();
    teachPerson(it.part.needs.policy, it.world, person, "project-developer", project);
    const as = it.clients({ principal: person, workspace: it.world.workspace });
    const { stack } = await it.admin.stacks.createStack({ name: `hidden ${project}`, components: await it.parts() });
    expect(await failureOf(as.snapshots.createSnapshot({ project, pipeline, stack: stack?.id ?? "" }))).toMatchObject({
      reason: "NOT_FOUND",
      metadata: { type: "stack", reference: stack?.id },
    });
    expect(await reasonOf(as.snapshots.createSnapshot({ project, pipeline, stack: "no such" }))).toBe("NOT_FOUND");
    expect(await reasonOf(as.snapshots.createSnapshot({ project, pipeline: "no such" }))).toBe("NOT_FOUND");
    expect(await reasonOf(as.snapshots.createSnapshot({ project, pipeline: await it.pipeline(await it.project()) }))).toBe("NOT_FOUND");
    expect((await as.snapshots.createSnapshot({ project, pipeline })).created).toBe(true);
  });

  test("steps that contradict each other are refused, and where is told", async () => {
    const creating = (steps: { name: string; upstream?: string[] }[], dynamic = false) =>
      it.admin.snapshots.createSnapshot({ project, pipeline, steps, dynamic });
    expect((await failureOf(creating([{ name: "a" }, { name: "b", upstream: ["a", "c"] }]))).violations).toMatchObject([
      { field: "steps[1].upstream[1]" },
    ]);
    expect((await failureOf(creating([{ name: "a" }, { name: "a" }]))).violations).toMatchObject([{ field: "steps[1].name" }]);
    expect((await failureOf(creating([{ name: "a" }], true))).violations).toMatchObject([{ field: "steps" }]);
    expect((await creating([], true)).snapshot).toMatchObject({ dynamic: true, steps: [] });
  });

  test("a pipeline is deleted with its snapshots", async () => {
    const { snapshot } = await it.admin.snapshots.createSnapshot({ project, pipeline, steps });
    await it.admin.pipelines.deletePipeline({ pipeline: "train", project });
    expect(await reasonOf(it.admin.snapshots.getSnapshot({ snapshot: snapshot?.id ?? "" }))).toBe("NOT_FOUND");
    expect(
      await it.tables.db
        .selectFrom("registry_snapshot_step")
        .select("name")
        .where("snapshotId", "=", toId(snapshot?.id ?? ""))
        .execute(),
    ).toEqual([]);
    expect(await it.pipeline(project, "train")).not.toBe(pipeline);
  });

  test("services find the pipelines of a name over all projects", async () => {
    const name = `shared ${newUuid()}`;
    const ids = [await it.pipeline(project, name), await it.pipeline(await it.project(), name)];
    const { workspace } = it.world;
    expect((await it.runs.pipelines.resolvePipelines({ workspace, names: [name, "no such"] })).ids.sort()).toEqual(ids.sort());
    expect((await it.runs.pipelines.resolvePipelines({ workspace: newUuid(), names: [name] })).ids).toEqual([]);
    expect((await it.runs.pipelines.resolvePipelines({ workspace, prefix: name.slice(0, 20) })).ids.sort()).toEqual(ids.sort());
    expect((await it.runs.pipelines.resolvePipelines({ workspace })).ids).toEqual([]);
  });
});
