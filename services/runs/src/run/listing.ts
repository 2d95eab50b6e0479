import { PipelineService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { StatusSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { type ListQuery, principalField, scopeIn } from "@signalbox/runtime/resource/lists.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import type { Context } from "../context.ts";
import { loggedByRun } from "../metric/logged-fields.ts";
import { artifactField } from "./artifact-field.ts";
import { relatedFields } from "./related-fields.ts";
import { runTags } from "./tags.ts";
import { runWords } from "./words.ts";

/**
 * What may be asked of the runs of a workspace. Names of pipelines are resolved by registry
 * first, those of owners by the policy. Every order has an index of a project and one of the workspace; the number counts the
 * runs of a pipeline and means nothing beyond a project, so there it is no order.
 */
const implies = ["projectId"];

type Asked = Pick<ListQuery, "workspaceId" | "projectId" | "visible">;

export function runListing({ peers, names, database }: Pick<Context, "peers" | "names" | "database">, query: Asked): Listing {
  const workspace = toUuid(query.workspaceId);
  return {
    table: "runs_run",
    ...scopeIn(query),
    key: "id",
    defaultOrder: "create_time desc",
    fields: {
      id: { kind: "id", column: "id" },
      name: { kind: "text", column: "name", sortable: true, words: runWords.field(database.db, database.dialect, query) },
      status: { kind: "enum", column: "status", enum: StatusSchema, sortable: true },
      in_progress: { kind: "flag", column: "inProgress" },
      pipeline: { kind: "id", column: "pipelineId", implies },
      "pipeline.name": {
        kind: "id",
        column: "pipelineId",
        implies,
        async resolve({ text, prefix }) {
          const { ids } = await peers(PipelineService).resolvePipelines({ workspace, ...(prefix ? { prefix: text } : { names: [text] }) });
          return ids.map(toId);
        },
      },
      pipeline_name: { kind: "text", column: "pipelineName", sortable: true },
      project: { kind: "id", column: "projectId" },
      snapshot: { kind: "id", column: "snapshotId", implies },
      ...relatedFields({ peers, database }, query),
      owner: principalField("ownerId", names),
      parent_run: { kind: "id", column: "parentRunId", implies },
      root_run: { kind: "id", column: "rootRunId", implies },
      original_run: { kind: "id", column: "originalRunId", implies },
      nested: { kind: "flag", column: "nested" },
      orchestrator_run: { kind: "text", column: "orchestratorRun" },
      ...loggedByRun(database, query.workspaceId),
      artifact: artifactField(database, query.workspaceId),
      index: { kind: "int", column: "index", ...(query.projectId && { sortable: true }) },
      tags: runTags.field(database.db, database.dialect, query),
      create_time: { kind: "time", column: "createTime", sortable: true },
      update_time: { kind: "time", column: "updateTime", sortable: true },
      start_time: { kind: "time", column: "startTime", sortable: true },
      end_time: { kind: "time", column: "endTime", sortable: true },
    },
  };
}
