import {
  ResolutionSchema,
  WaitConditionStatusSchema,
  WaitConditionTypeSchema,
} from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import { type ListQuery, principalField } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { listingInRuns } from "../run/listing-in-runs.ts";
import type { PrincipalNames } from "../run/mapping.ts";
import type { RunsTables } from "../tables.ts";
import { waitMetadata } from "./metadata.ts";

/** What may be asked of the wait conditions of a workspace. */
export const waitListing = (database: Pick<Database<RunsTables>, "db" | "dialect">, names: PrincipalNames, query: ListQuery): Listing => {
  const own = (): Listing["fields"] => ({
    metadata: waitMetadata.field("runs_wait_condition", database, query.workspaceId),
    resolution: { kind: "enum", column: "resolution", enum: ResolutionSchema },
    resolver: principalField("resolverId", names),
    poller: { kind: "text", column: "poller" },
    resolve_time: { kind: "time", column: "resolveTime", sortable: true },
    update_time: { kind: "time", column: "updateTime", sortable: true },
  });
  const kind = { table: "runs_wait_condition", type: WaitConditionTypeSchema, status: WaitConditionStatusSchema };
  return listingInRuns({ ...kind, own })(names, query);
};
