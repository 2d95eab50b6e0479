import { fromBinary } from "@bufbuild/protobuf";
import { ProjectSchema, ProjectState } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

describe.each(dialects)("projects on %s", (dialect) => {
  let it: RegistryUnderTest;
  beforeAll(async () => {
    it = await registryOn(dialect);
  });
  afterAll(() => it.close());

  const eventsOf = async (id: string) =>
    it.tables.db
      .selectFrom("registry_outbox")
      .selectAll()
      .where("subject", "=", toId(id))
      .where("kind", "!=", "audit")
      .orderBy("id")
      .execute();

  test("a project is what it was created as", async () => {
    const { project } = await it.admin.projects.createProject({
      name: "churn",
      displayName: "Churn 🚀",
      description: "Who leaves, and why",
    });
    expect(project).toMatchObject({
      name: "churn",
      displayName: "Churn 🚀",
      state: ProjectState.ACTIVE,
      owner: { id: it.world.admin, name: "admin" },
    });
    expect((await it.viewer.projects.getProject({ project: "churn" })).project).toEqual(project);
    expect((await it.viewer.projects.getProject({ project: project?.id.toUpperCase() ?? "" })).project).toEqual(project);
  });

  test.each(["Case", "case", "cäse", "🐧", "🐧🐧", "a b"])("%s is a name of its own", async (name) => {
    const { project } = await it.admin.projects.createProject({ name });
    expect((await it.admin.projects.getProject({ project: name })).project).toEqual(project);
    expect(await failureOf(it.admin.projects.createProject({ name }))).toMatchObject({
      reason: "NAME_TAKEN",
      metadata: { type: "project", name },
    });
  });

  test.each(["tail ", " head", "", newUuid(), "nul\0"])("%j is not a name", async (name) => {
    expect(await reasonOf(it.admin.projects.createProject({ name }))).toBe("FIELD_INVALID");
  });

  test("a repeat answers with what exists, even after a change", async () => {
    const request = { id: newUuid(), name: "repeated" };
    const { project } = await it.admin.projects.createProject(request);
    expect((await it.admin.projects.createProject(request)).project).toEqual(project);
    await it.admin.projects.updateProject({ project: "repeated", description: "changed" });
    expect((await it.admin.projects.createProject(request)).project).toMatchObject({ id: request.id, description: "changed" });
    expect(await reasonOf(it.admin.projects.createProject({ ...request, name: "other" }))).toBe("ID_REUSED");
    expect(await reasonOf(it.admin.projects.createProject({ ...request, id: newUuid() }))).toBe("NAME_TAKEN");
  });

  test("an update changes what its mask names, and a repeat of it succeeds whatever the etag", async () => {
    const { project } = await it.admin.projects.createProject({ name: "masked", displayName: "M", description: "d" });
    const etag = project?.etag ?? "";
    const update = { project: project?.id ?? "", displayName: "", description: "ignored", updateMask: { paths: ["display_name"] }, etag };
    const { project: changed } = await it.admin.projects.updateProject(update);
    expect(changed).toMatchObject({ displayName: "", description: "d" });
    expect((await it.admin.projects.updateProject(update)).project).toEqual(changed);
    expect(
      await failureOf(it.admin.projects.updateProject({ ...update, description: "late", updateMask: { paths: ["description"] } })),
    ).toMatchObject({
      reason: "ETAG_MISMATCH",
      metadata: { etag: changed?.etag },
    });
    expect(await reasonOf(it.admin.projects.updateProject({ project: update.project, updateMask: { paths: ["owner"] } }))).toBe(
      "FIELD_INVALID",
    );
    expect(await reasonOf(it.admin.projects.updateProject({ project: update.project, updateMask: { paths: ["name"] } }))).toBe(
      "FIELD_INVALID",
    );
  });

  test("a name that is taken cannot be taken by an update", async () => {
    await it.admin.projects.createProject({ name: "first" });
    await it.admin.projects.createProject({ name: "second" });
    expect(await reasonOf(it.admin.projects.updateProject({ project: "second", name: "first" }))).toBe("NAME_TAKEN");
    expect((await it.admin.projects.updateProject({ project: "second", name: "third" })).project?.name).toBe("third");
  });

  test("other services hear of what it is called and of its end", async () => {
    const id = await it.project("heard of");
    await it.admin.projects.updateProject({ project: id, name: "renamed" });
    await it.admin.projects.updateProject({ project: id, name: "renamed" });
    await it.admin.projects.deleteProject({ project: id });
    const events = await eventsOf(id);
    expect(events.map(({ kind }) => kind)).toEqual(["project.changed", "project.changed", "project.deleting"]);
    expect(fromBinary(ProjectSchema, events[1]?.payload ?? Buffer.alloc(0))).toMatchObject({ id, name: "renamed" });
  });

  test("a project that is being deleted is not found, nor is what lies in it, and its name is free", async () => {
    const id = await it.project("going");
    const pipeline = await it.pipeline(id, "left behind");
    const { project } = await it.admin.projects.getProject({ project: id });
    expect(await reasonOf(it.admin.projects.deleteProject({ project: id, etag: "r7" }))).toBe("ETAG_MISMATCH");
    await it.admin.projects.deleteProject({ project: id, etag: project?.etag ?? "" });
    const calls = [
      it.admin.projects.getProject({ project: id }),
      it.admin.projects.getProject({ project: "going" }),
      it.admin.projects.deleteProject({ project: id }),
      it.admin.pipelines.getPipeline({ pipeline }),
      it.admin.pipelines.createPipeline({ project: id, name: "too late" }),
      it.admin.pipelines.listPipelines({ project: id }),
    ];
    expect(await Promise.all(calls.map(reasonOf))).toEqual(calls.map(() => "NOT_FOUND"));
    expect((await it.admin.projects.listProjects({ filter: 'name = "going"' })).projects).toEqual([]);
    expect((await it.admin.pipelines.listPipelines({ filter: `id = ${pipeline}` })).pipelines).toEqual([]);
    expect(await it.project("going")).not.toBe(id);
    expect(await reasonOf(it.admin.projects.createProject({ id, name: "again" }))).toBe("ID_REUSED");
  });

  test("services find projects by ids and names in one call", async () => {
    const [id, gone] = [await it.project("found"), await it.project("gone")];
    await it.admin.projects.deleteProject({ project: gone });
    const { workspace } = it.world;
    const { projects } = await it.runs.projects.resolveProjects({ workspace, references: [id, "found", "gone", gone, "FOUND", newUuid()] });
    expect(projects).toMatchObject([
      { reference: id, id, name: "found", owner: it.world.admin, state: ProjectState.ACTIVE },
      { reference: "found", id },
      { reference: gone, id: gone, state: ProjectState.DELETING },
    ]);
    expect((await it.runs.projects.resolveProjects({ workspace: newUuid(), references: [id, "found"] })).projects).toEqual([]);
    expect(await reasonOf(it.admin.projects.resolveProjects({ workspace, references: [id] }))).toBe("INTERNAL_ONLY");
  });

  test("what one may not read is not found, and what one may not change is refused", async () => {
    const id = await it.project();
    expect(await reasonOf(it.stranger.projects.getProject({ project: id }))).toBe("NOT_FOUND");
    expect(await reasonOf(it.viewer.projects.updateProject({ project: id, description: "x" }))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(it.viewer.projects.deleteProject({ project: id }))).toBe("PERMISSION_MISSING");
  });
});
