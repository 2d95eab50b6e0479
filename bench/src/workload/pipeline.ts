import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { newId, toUuid } from "@signalbox/runtime/ids.ts";
import { type Connection, openConnection } from "@signalbox/sdk";
import { workspace } from "@signalbox/test/scene.ts";
import type { Place } from "../place.ts";
import type { Stage } from "../stage.ts";

/** A project with a pipeline whose runs are reported, and who may do that. */
export interface Pipeline {
  readonly project: string;
  readonly snapshot: string;
  /** A token of the administrator of the workspace. */
  readonly token: string;
  /** As the same, by the transport of the SDK. */
  readonly connection: Connection;
  /** Starts a run that takes any step, with these tags, for a version of a model. */
  start(tags?: readonly string[], modelVersion?: string): Promise<StartedRun>;
}

export interface StartedRun {
  readonly project: string;
  readonly id: string;
  /** A token that reports this run and does nothing else, as steps have it. */
  readonly token: string;
}

/** Makes a project and a pipeline that plans nothing, or steps in a row. */
export async function bringPipeline(stage: Stage, place: Pick<Place, "url" | "client" | "admin">, planned = 0): Promise<Pipeline> {
  const { accessToken } = await place.client(AuthService).exchangeToken({ credential: place.admin, workspace });
  const connection = stage.own(openConnection({ url: place.url, credential: accessToken }), (each) => each.close());
  const made = await connection.client(ProjectService).createProject({ name: `bench-${toUuid(newId()).slice(-12)}` });
  const project = made.project?.id ?? "";
  await connection.client(PipelineService).createPipeline({ project, name: "bench" });
  const steps = Array.from({ length: planned }, (_, at) => ({ name: stepName(at) }));
  const { snapshot } = await connection
    .client(SnapshotService)
    .createSnapshot({ project, pipeline: "bench", dynamic: planned === 0, steps });
  const id = snapshot?.id ?? "";
  const runs = connection.client(RunService);
  return {
    project,
    snapshot: id,
    token: accessToken,
    connection,
    async start(tags = [], modelVersion = "") {
      const { run } = await runs.createRun({ project, snapshot: id, running: true, tags: [...tags], modelVersion });
      const { token } = await runs.issueRunToken({ run: run?.id ?? "" });
      return { project, id: run?.id ?? "", token };
    },
  };
}

/** How a step of a benchmark is called. */
export const stepName = (at: number): string => `step-${String(at).padStart(6, "0")}`;
