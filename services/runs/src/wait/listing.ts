import {
  ResolutionSchema,
  WaitConditionStatusSchema,
  WaitConditionTypeSchema,
} from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import { principalField } from "@signalbox/runtime/resource/lists.ts";
import { listingInRuns } from "../run/listing-in-runs.ts";

/** What may be asked of the wait conditions of a workspace. */
export const waitListing = listingInRuns({
  table: "runs_wait_condition",
  type: WaitConditionTypeSchema,
  status: WaitConditionStatusSchema,
  own: (names) => ({
    resolution: { kind: "enum", column: "resolution", enum: ResolutionSchema },
    resolver: principalField("resolverId", names),
    poller: { kind: "text", column: "poller" },
    resolve_time: { kind: "time", column: "resolveTime", sortable: true },
    update_time: { kind: "time", column: "updateTime", sortable: true },
  }),
});
