import { HookTypeSchema } from "@signalbox/gen/signalbox/runs/v1/hook_pb.ts";
import { StatusSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { listingInRuns } from "../run/listing-in-runs.ts";

/** What may be asked of the hooks of a workspace. */
export const hookListing = listingInRuns({
  table: "runs_hook_invocation",
  type: HookTypeSchema,
  status: StatusSchema,
  own: () => ({
    step: { kind: "id", column: "stepId" },
    start_time: { kind: "time", column: "startTime", sortable: true },
    end_time: { kind: "time", column: "endTime" },
  }),
});
