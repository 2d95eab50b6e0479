import { PipelineService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { StatusSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { filterInvalid } from "@signalbox/runtime/filter/invalid.ts";
import { parseFilter } from "@signalbox/runtime/filter/parse.ts";
import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Peers } from "@signalbox/runtime/peers/peers.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";

/** What a list of runs is narrowed to. */
export interface Narrowed {
  readonly workspace: Id;
  /** Whether it is one project's. */
  readonly inProject: boolean;
  readonly filter: string;
}

/**
 * What may be asked of the runs of a workspace. Names of pipelines are resolved by registry
 * first. Every order has an index of a project and one of the workspace; the number counts the
 * runs of a pipeline and means nothing beyond a project, so there it is no order.
 */
export function runListing(peers: Peers, { workspace, inProject, filter }: Narrowed): Listing {
  // Where something else narrows the list, the engine knows better which index is the shortest way.
  const ordered = (name: string) => ({ sortable: true, ...(filter === "" && { index: `runs_run_${name}${inProject ? "_in" : ""}` }) });
  return {
    key: "id",
    defaultOrder: "create_time desc",
    fields: {
      name: { kind: "text", column: "name", ...ordered("named") },
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
      index: { kind: "int", column: "index", ...(inProject && ordered("numbered")) },
      create_time: { kind: "time", column: "createTime", sortable: true, ...newest(inProject, filter) },
      start_time: { kind: "time", column: "startTime", ...ordered("started") },
      end_time: { kind: "time", column: "endTime", ...ordered("ended") },
    },
  };
}

/** The index that has the runs a filter leaves, the newest at its end; none where the filter asks for what no index has. */
function newest(inProject: boolean, filter: string): { readonly index?: string } {
  const tree = parseFilter(filter);
  const parts = tree?.kind === "and" ? tree.of : tree ? [tree] : [];
  const asked = new Set(parts.flatMap((part) => (part.kind === "comparison" && part.operator === "=" ? [part.path.join(".")] : [])));
  if (asked.has("pipeline")) return { index: "runs_run_pipeline" };
  if (asked.has("status")) return { index: inProject ? "runs_run_status" : "runs_run_state" };
  return filter === "" ? { index: inProject ? "runs_run_project" : "runs_run_newest" } : {};
}
