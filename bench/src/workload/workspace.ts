import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { enter, workspace } from "@signalbox/test/scene.ts";
import type { Place } from "../place.ts";

/** Where runs can be made: a project with a dynamic snapshot. */
export interface Ground {
  readonly token: string;
  readonly project: string;
  readonly pipeline: string;
  readonly snapshot: string;
  /** Makes a run that is running, and answers with its id. */
  run(): Promise<string>;
}

export async function ground({ client, admin }: Pick<Place, "client" | "admin">): Promise<Ground> {
  const token = await enter({ client }, admin, workspace);
  const { project } = await client(ProjectService, token).createProject({ name: `bench-${newUuid().slice(-8)}` });
  const id = project?.id ?? "";
  const { pipeline } = await client(PipelineService, token).createPipeline({ project: id, name: "bench" });
  const snapshot = newUuid();
  await client(SnapshotService, token).createSnapshot({ id: snapshot, project: id, pipeline: pipeline?.id ?? "", dynamic: true });
  return {
    token,
    project: id,
    pipeline: pipeline?.id ?? "",
    snapshot,
    async run() {
      const { run } = await client(RunService, token).createRun({ id: newUuid(), project: id, snapshot, running: true });
      return run?.id ?? "";
    },
  };
}
