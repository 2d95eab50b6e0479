import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf, until } from "@signalbox/runtime/testing/failing.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Plane, startPlane } from "../src/plane.ts";
import { enter, workspace } from "../src/scene.ts";

describe.each(dialects)("the latest run of a pipeline through the port on %s", (dialect) => {
  let plane: Plane;
  let admin: string;
  beforeAll(async () => {
    plane = await startPlane(dialect);
    admin = await enter(plane, plane.admin, workspace);
  }, 60_000);
  afterAll(() => plane.close());

  test("is told as runs start, go on, end and are deleted, and holds its snapshot meanwhile", async () => {
    const project = (await plane.client(ProjectService, admin).createProject({ name: "latest" })).project?.id ?? "";
    const { pipeline } = await plane.client(PipelineService, admin).createPipeline({ project, name: "p" });
    const { snapshot } = await plane.client(SnapshotService, admin).createSnapshot({ project, pipeline: "p", dynamic: true });
    const [runs, reports] = [plane.client(RunService, admin), plane.client(ReportService, admin)];
    const latest = async () =>
      (await plane.client(PipelineService, admin).getPipeline({ pipeline: pipeline?.id ?? "" })).pipeline?.latestRun;
    const start = async () => (await runs.createRun({ project, snapshot: snapshot?.id ?? "" })).run?.id ?? "";
    const stands = (run: string, status: string) =>
      until(async () => {
        const told = await latest();
        return told?.run === run && told.status === status;
      }, `${status} of ${run}`);

    const first = await start();
    await stands(first, "INITIALIZING");
    await reports.startStep({ run: first, step: "load" });
    await stands(first, "RUNNING");
    await reports.endStep({ run: first, step: "load", ended: { status: Status.COMPLETED } });
    await reports.endRun({ run: first, ended: { status: Status.COMPLETED } });
    await stands(first, "COMPLETED");
    const second = await start();
    await stands(second, "INITIALIZING");
    expect(await latest()).toMatchObject({ index: 2n, owner: { name: "admin" } });
    const remove = () => reasonOf(plane.client(SnapshotService, admin).deleteSnapshot({ snapshot: snapshot?.id ?? "" }));
    expect(await remove()).toBe("IN_USE");
    await runs.stopRun({ run: second, force: true });
    await reports.endRun({ run: second, ended: { status: Status.STOPPED } });
    await stands(second, "STOPPED");
    await runs.deleteRun({ run: second });
    await stands(first, "COMPLETED");
    await runs.deleteRun({ run: first });
    await until(async () => (await latest()) === undefined);
    expect(await remove()).toBe("OK");
  }, 60_000);
});
