import { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

const fifty = Array.from({ length: 50 }, (_, i) => i);

describe.each(dialects)("at the same time on %s", (dialect) => {
  let it: RegistryUnderTest;
  let project = "";
  beforeAll(async () => {
    it = await registryOn(dialect);
    project = await it.project();
  });
  afterAll(() => it.close());

  test("fifty creators with one id make one project", async () => {
    const request = { id: newUuid(), name: "one of fifty" };
    const made = await Promise.all(fifty.map(() => it.admin.projects.createProject(request)));
    expect(new Set(made.map(({ project }) => JSON.stringify([project?.id, project?.etag])))).toEqual(
      new Set([JSON.stringify([request.id, "r1"])]),
    );
  });

  test("of fifty creators with one name one wins", async () => {
    const outcomes = await Promise.all(
      fifty.map(() =>
        it.admin.pipelines.createPipeline({ project, name: "contested" }).then(
          () => "CREATED",
          (error) => reasonOf(Promise.reject(error)),
        ),
      ),
    );
    expect(outcomes.toSorted()).toEqual(["CREATED", ...fifty.slice(1).map(() => "NAME_TAKEN")]);
  });

  test("fifty creators of the same content get one snapshot", async () => {
    const pipeline = await it.pipeline(project);
    const steps = fifty.map((i) => ({ name: `step ${i}`, configuration: { text: JSON.stringify({ i, pipeline }) } }));
    const made = await Promise.all(fifty.map(() => it.admin.snapshots.createSnapshot({ project, pipeline, steps })));
    expect(new Set(made.map(({ snapshot }) => snapshot?.id)).size).toBe(1);
    expect(made.filter(({ created }) => created)).toHaveLength(1);
  });

  test("fifty creators of versions get the numbers from 1 to 50", async () => {
    const model = await it.model(project);
    const made = await Promise.all(
      fifty.map((i) => it.admin.versions.createModelVersion({ project, model, ...(i % 2 && { name: `v${i}` }) })),
    );
    const numbers = made.map(({ modelVersion }) => modelVersion?.number ?? 0).sort((a, b) => a - b);
    expect(numbers).toEqual(fifty.map((i) => i + 1));
    expect((await it.admin.models.getModel({ model })).model?.latestNumber).toBe(50);
  });

  test("of many who force a stage one has it, and the others are archived", async () => {
    const model = await it.model(project);
    const ids = await Promise.all(
      fifty.slice(0, 10).map(async () => (await it.admin.versions.createModelVersion({ project, model })).modelVersion?.id ?? ""),
    );
    const stage = ModelStage.PRODUCTION;
    const moved = await Promise.all(ids.map((modelVersion) => it.admin.versions.setModelStage({ modelVersion, stage, force: true })));
    const holders = (await it.admin.versions.listModelVersions({ model, filter: "stage = production" })).modelVersions;
    expect(holders).toHaveLength(1);
    expect((await it.admin.versions.listModelVersions({ model, filter: "stage = archived" })).modelVersions).toHaveLength(9);
    const archived = moved.map((answer) => answer.archived).filter(Boolean);
    expect(new Set([...archived, holders[0]?.id])).toEqual(new Set(ids));
  });

  test("of a component's deletion and a stack with it one wins", async () => {
    for (const _ of fifty.slice(0, 10)) {
      const components = await it.parts();
      const [component = ""] = components;
      const [deleted, stacked] = await Promise.allSettled([
        it.admin.components.deleteComponent({ component }),
        it.admin.stacks.createStack({ name: newUuid().replaceAll("-", ""), components }),
      ]);
      expect([deleted.status, stacked.status].sort()).toEqual(["fulfilled", "rejected"]);
      const loser = deleted.status === "rejected" ? deleted : (stacked as PromiseRejectedResult);
      expect(await reasonOf(Promise.reject(loser.reason))).toBe(deleted.status === "rejected" ? "IN_USE" : "NOT_FOUND");
    }
  });

  test("stacks that share components count them right", async () => {
    const components = await it.parts();
    const alerter = await it.component(ComponentType.ALERTER);
    const made = await Promise.all(
      fifty
        .slice(0, 20)
        .map((i) =>
          it.admin.stacks.createStack({ name: `shared ${i}`, components: i % 2 ? [...components, alerter] : components.toReversed() }),
        ),
    );
    const count = async (id: string) => {
      const row = it.tables.db
        .selectFrom("registry_component")
        .select("stackCount")
        .where("id", "=", Buffer.from(id.replaceAll("-", ""), "hex"));
      return (await row.executeTakeFirstOrThrow()).stackCount;
    };
    expect(await Promise.all([...components, alerter].map(count))).toEqual([20, 20, 10]);
    await Promise.all(made.map(({ stack }) => it.admin.stacks.deleteStack({ stack: stack?.id ?? "" })));
    expect(await Promise.all([...components, alerter].map(count))).toEqual([0, 0, 0]);
  });

  test("a pipeline that goes takes the snapshots with it that are being made", async () => {
    const pipeline = await it.pipeline(project);
    await Promise.allSettled([
      ...fifty.slice(0, 20).map((i) => it.admin.snapshots.createSnapshot({ project, pipeline, steps: [{ name: `s${i}` }] })),
      it.admin.pipelines.deletePipeline({ pipeline }),
    ]);
    const left = it.tables.db
      .selectFrom("registry_snapshot")
      .select("id")
      .where("pipelineId", "=", Buffer.from(pipeline.replaceAll("-", ""), "hex"));
    expect(await left.execute()).toEqual([]);
  });

  test("updates without an etag all count, and of those with one the first does", async () => {
    const id = await it.project();
    await Promise.all(fifty.slice(0, 20).map((i) => it.admin.projects.updateProject({ project: id, description: `d${i}` })));
    const { project: last } = await it.admin.projects.getProject({ project: id });
    expect(last?.etag).toBe("r21");
    const guarded = await Promise.allSettled(
      fifty.slice(0, 20).map((i) => it.admin.projects.updateProject({ project: id, description: `e${i}`, etag: last?.etag ?? "" })),
    );
    expect(guarded.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
});
