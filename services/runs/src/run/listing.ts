import { PipelineService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { StatusSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Peers } from "@signalbox/runtime/peers/peers.ts";
import { filterInvalid } from "@signalbox/runtime/store/filter.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";

/**
 * What may be asked of the runs of a workspace. Names of pipelines are resolved by registry
 * first. `newest` names the index that serves the default order, where nothing is filtered.
 */
export const runListing = (peers: Peers, workspace: Id, newest?: string): Listing => ({
  key: "id",
  defaultOrder: "create_time desc",
  fields: {
    name: { kind: "text", column: "name", sortable: true },
    status: { kind: "enum", column: "status", enum: StatusSchema },
    in_progress: { kind: "flag", column: "inProgress" },
    pipeline: { kind: "id", column: "pipelineId" },
    "pipeline.name": {
      kind: "id",
      column: "pipelineId",
      async resolve({ text, prefix }) {
        if (prefix) throw filterInvalid(1, "pipeline.name is compared with a whole name");
        const { ids } = await peers(PipelineService).resolvePipelines({ workspace: toUuid(workspace), names: [text] });
        return ids.map(toId);
      },
    },
    project: { kind: "id", column: "projectId" },
    snapshot: { kind: "id", column: "snapshotId" },
    stack: { kind: "id", column: "stackId" },
    owner: { kind: "id", column: "ownerId" },
    orchestrator_run: { kind: "text", column: "orchestratorRun" },
    index: { kind: "int", column: "index", sortable: true },
    create_time: { kind: "time", column: "createTime", sortable: true, ...(newest && { index: newest }) },
    start_time: { kind: "time", column: "startTime", sortable: true },
    end_time: { kind: "time", column: "endTime", sortable: true },
  },
});
