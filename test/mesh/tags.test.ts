import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { RoleBindingService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { TagService } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf, until } from "@signalbox/runtime/testing/failing.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Plane, startPlane } from "../src/plane.ts";
import { enter, organization, person, workspace } from "../src/scene.ts";

describe.each(dialects)("tags through the port on %s", (dialect) => {
  let plane: Plane;
  let admin: string;
  let project: string;
  let snapshot: string;
  beforeAll(async () => {
    plane = await startPlane(dialect);
    admin = await enter(plane, plane.admin, workspace);
    project = (await plane.client(ProjectService, admin).createProject({ name: "tagged" })).project?.id ?? "";
    await plane.client(PipelineService, admin).createPipeline({ project, name: "p" });
    const kept = await plane.client(SnapshotService, admin).createSnapshot({ project, pipeline: "p", dynamic: true });
    snapshot = kept.snapshot?.id ?? "";
  }, 60_000);
  afterAll(() => plane.close());

  test("a tag that attaching made is renamed and deleted in one place, and shown so in all", async () => {
    const runs = plane.client(RunService, admin);
    const { run } = await runs.createRun({ project, snapshot, running: true, tags: ["fresh"] });
    const { tag } = await plane.client(TagService, admin).getTag({ tag: "fresh" });
    expect(run?.tags).toEqual(["fresh"]);

    // A step of the run tags what it made, by the token of its run.
    const { token } = await runs.issueRunToken({ run: run?.id ?? "" });
    const versions = [{ artifact: "model", uri: "file:///model", tags: ["fresh", "made by a step"] }];
    const { artifactVersions } = await plane
      .client(ArtifactVersionService, token)
      .batchCreateArtifactVersions({ project, run: run?.id ?? "", versions });
    expect(artifactVersions[0]?.tags).toEqual(["fresh", "made by a step"]);

    await plane.client(TagService, admin).updateTag({ tag: tag?.id ?? "", name: "stale" });
    const shown = async () => (await runs.getRun({ run: run?.id ?? "" })).run?.tags;
    await until(async () => (await shown())?.join() === "stale");
    const listed = async () =>
      (await plane.client(ArtifactVersionService, admin).listArtifactVersions({ filter: "tags:stale" })).artifactVersions;
    await until(async () => (await listed()).length === 1);
    await plane.client(TagService, admin).deleteTag({ tag: "stale" });
    await until(async () => (await shown())?.length === 0 && (await listed()).length === 0);
  }, 60_000);

  test("who may create in a project may make tags there by attaching them, and nowhere else", async () => {
    const somebody = await person(plane, "somebody", undefined);
    const scope = { organization, workspace, project };
    const roles = plane.client(RoleBindingService, plane.admin);
    await roles.createRoleBinding({ principal: somebody.id, role: "project-developer", scope });
    const token = await enter(plane, somebody.control, workspace);
    const { run } = await plane.client(RunService, token).createRun({ project, snapshot, running: true, tags: ["of a project"] });
    expect(run?.tags).toEqual(["of a project"]);
    expect(await reasonOf(plane.client(TagService, token).createTag({ name: "of the workspace" }))).toBe("PERMISSION_MISSING");
  }, 60_000);
});
