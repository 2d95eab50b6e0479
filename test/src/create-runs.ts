import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import type { BoxProcess } from "./box-process.ts";
import { type RudeLoad, type RudeTally, rude } from "./rude.ts";
import { enter, workspace } from "./scene.ts";

/** A load that creates runs, each once, in the project "demo", which is made for it. */
export async function createRuns(
  box: BoxProcess,
): Promise<(load: Pick<RudeLoad, "sockets" | "forMs" | "perSecond">) => Promise<RudeTally>> {
  const token = await enter(box, box.admin, workspace);
  const { project } = await box.client(ProjectService, token).createProject({ name: "demo" });
  await box.client(PipelineService, token).createPipeline({ project: "demo", name: "demo" });
  const { snapshot } = await box.client(SnapshotService, token).createSnapshot({ project: "demo", pipeline: "demo", dynamic: true });
  const head = [
    "POST /signalbox.runs.v1.RunService/CreateRun HTTP/1.1",
    "host: 127.0.0.1",
    "content-type: application/json",
    `authorization: Bearer ${token}`,
    "",
  ].join("\r\n");
  let round = 0;
  return (load) => {
    round++;
    const body = JSON.stringify({ project: project?.id, snapshot: snapshot?.id, orchestratorRun: `rude-$ID-${round}` });
    return rude({ port: box.port, head, body, ...load });
  };
}
