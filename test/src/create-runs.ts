import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import type { BoxProcess } from "./box-process.ts";
import { machine } from "./developer.ts";
import { type RudeLoad, type RudeTally, rude } from "./rude.ts";
import { enter, workspace } from "./scene.ts";

/** A load that creates runs, each once, in the project "demo", which is made for it. Its token is as old as the load. */
export async function createRuns(
  box: BoxProcess,
): Promise<(load: Pick<RudeLoad, "sockets" | "forMs" | "perSecond">) => Promise<RudeTally>> {
  const administrator = await enter(box, box.admin, workspace);
  const { project } = await box.client(ProjectService, administrator).createProject({ name: "demo" });
  const { key } = await machine(box, "workspace-developer");
  const token = await enter(box, key, workspace);
  await box.client(PipelineService, token).createPipeline({ project: "demo", name: "demo" });
  const { snapshot } = await box.client(SnapshotService, token).createSnapshot({ project: "demo", pipeline: "demo", dynamic: true });
  let round = 0;
  return async (load) => {
    round++;
    const head = [
      "POST /signalbox.runs.v1.RunService/CreateRun HTTP/1.1",
      "host: 127.0.0.1",
      "content-type: application/json",
      `authorization: Bearer ${await enter(box, key, workspace)}`,
      "",
    ].join("\r\n");
    const body = JSON.stringify({ project: project?.id, snapshot: snapshot?.id, orchestratorRun: `rude-$ID-${round}` });
    return rude({ port: box.port, head, body, ...load });
  };
}
