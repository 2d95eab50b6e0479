import { StatusSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { loggedByStep } from "../metric/logged-fields.ts";
import { fieldsBeside, type StepFields } from "./beside.ts";

/** What may be asked of the steps of one run. They are few enough to be searched and sorted without an index. */
export const stepsOfRun = (needs: StepFields, workspaceId: Id): Listing => ({
  table: "runs_step",
  fixed: ["workspaceId", "runId"],
  key: "position",
  defaultOrder: "position asc",
  fields: {
    id: { kind: "id", column: "id" },
    name: { kind: "text", column: "name", sortable: true },
    position: { kind: "int", column: "position", sortable: true },
    attempt: { kind: "int", column: "attempt" },
    status: { kind: "enum", column: "status", enum: StatusSchema, sortable: true },
    code_hash: { kind: "text", column: "codeHash" },
    cache_key: { kind: "text", column: "cacheKey" },
    cached_from: { kind: "id", column: "cachedFromId" },
    create_time: { kind: "time", column: "createTime", sortable: true },
    start_time: { kind: "time", column: "startTime", sortable: true },
    end_time: { kind: "time", column: "endTime", sortable: true },
    update_time: { kind: "time", column: "updateTime", sortable: true },
    heartbeat_time: { kind: "time", column: "heartbeatTime" },
    ...fieldsBeside(needs, { workspaceId, inRun: true }),
    ...loggedByStep,
  },
});
