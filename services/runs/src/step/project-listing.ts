import { StatusSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { type ListQuery, scopeIn } from "@signalbox/runtime/resource/lists.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { loggedByStep } from "../metric/logged-fields.ts";
import { fieldsBeside, type StepFields } from "./beside.ts";

/**
 * What may be asked of the steps of many runs. A project has them by name, by status and as they were first reported; a workspace only as
 * they were reported. By the times of their last change, start and end is sorted what the filter leaves: each report of a step would have to move it in an
 * index.
 */
export function projectStepListing(needs: StepFields, query: ListQuery, latest: boolean): Listing {
  const { fixed, picks = false } = scopeIn(query);
  return {
    table: "runs_step",
    fixed,
    picks: picks || latest,
    key: "id",
    defaultOrder: "create_time desc",
    fields: {
      id: { kind: "id", column: "id" },
      name: { kind: "text", column: "name", sortable: true },
      run: { kind: "id", column: "runId", implies: ["projectId"] },
      project: { kind: "id", column: "projectId" },
      attempt: { kind: "int", column: "attempt" },
      status: { kind: "enum", column: "status", enum: StatusSchema, sortable: true },
      code_hash: { kind: "text", column: "codeHash" },
      cache_key: { kind: "text", column: "cacheKey" },
      cached_from: { kind: "id", column: "cachedFromId" },
      create_time: { kind: "time", column: "createTime", sortable: true, sortedBy: "id" },
      update_time: { kind: "time", column: "updateTime", sortable: true },
      start_time: { kind: "time", column: "startTime", sortable: true },
      end_time: { kind: "time", column: "endTime", sortable: true },
      heartbeat_time: { kind: "time", column: "heartbeatTime" },
      ...fieldsBeside(needs, query),
      ...loggedByStep,
    },
  };
}
