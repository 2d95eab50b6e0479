import {
  ResolutionSchema,
  WaitConditionStatusSchema,
  WaitConditionTypeSchema,
} from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import { type ListQuery, principalField, scopeIn } from "@signalbox/runtime/resource/lists.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import type { PrincipalNames } from "../run/mapping.ts";

/** What may be asked of the wait conditions of a workspace. */
export function waitListing(names: PrincipalNames, query: Pick<ListQuery, "projectId" | "visible">): Listing {
  return {
    table: "runs_wait_condition",
    ...scopeIn(query),
    key: "id",
    defaultOrder: "create_time desc",
    fields: {
      id: { kind: "id", column: "id" },
      name: { kind: "text", column: "name" },
      run: { kind: "id", column: "runId", implies: ["projectId"] },
      project: { kind: "id", column: "projectId" },
      type: { kind: "enum", column: "type", enum: WaitConditionTypeSchema },
      status: { kind: "enum", column: "status", enum: WaitConditionStatusSchema },
      resolution: { kind: "enum", column: "resolution", enum: ResolutionSchema },
      resolver: principalField("resolverId", names),
      owner: principalField("ownerId", names),
      poller: { kind: "text", column: "poller" },
      create_time: { kind: "time", column: "createTime", sortable: true },
      resolve_time: { kind: "time", column: "resolveTime", sortable: true },
      update_time: { kind: "time", column: "updateTime" },
    },
  };
}
