import { PipelineService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { StatusSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { filterInvalid } from "@signalbox/runtime/filter/invalid.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { type ListQuery, scopeIn } from "@signalbox/runtime/resource/lists.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import type { Context } from "../context.ts";
import { runTags } from "./tags.ts";

/**
 * What may be asked of the runs of a workspace. Names of pipelines are resolved by registry
 * first. Every order has an index of a project and one of the workspace; the number counts the
 * runs of a pipeline and means nothing beyond a project, so there it is no order.
 */
const implies = ["projectId"];

export function runListing(
  { peers, database: { db, dialect } }: Pick<Context, "peers" | "database">,
  query: Pick<ListQuery, "workspaceId" | "projectId" | "visible">,
): Listing {
  return {
    table: "runs_run",
    ...scopeIn(query),
    key: "id",
    defaultOrder: "create_time desc",
    fields: {
      name: { kind: "text", column: "name", sortable: true },
      status: { kind: "enum", column: "status", enum: StatusSchema },
      in_progress: { kind: "flag", column: "inProgress" },
      pipeline: { kind: "id", column: "pipelineId", implies },
      "pipeline.name": {
        kind: "id",
        column: "pipelineId",
        implies,
        async resolve({ text, prefix }) {
          if (prefix) throw filterInvalid(1, "pipeline.name is compared with a whole name");
          const { ids } = await peers(PipelineService).resolvePipelines({ workspace: toUuid(query.workspaceId), names: [text] });
          return ids.map(toId);
        },
      },
      project: { kind: "id", column: "projectId" },
      snapshot: { kind: "id", column: "snapshotId", implies },
      stack: { kind: "id", column: "stackId" },
      owner: { kind: "id", column: "ownerId" },
      orchestrator_run: { kind: "text", column: "orchestratorRun" },
      index: { kind: "int", column: "index", ...(query.projectId && { sortable: true }) },
      tags: runTags.field(db, dialect, query),
      create_time: { kind: "time", column: "createTime", sortable: true },
      start_time: { kind: "time", column: "startTime", sortable: true },
      end_time: { kind: "time", column: "endTime", sortable: true },
    },
  };
}
