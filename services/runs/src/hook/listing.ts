import { HookTypeSchema } from "@signalbox/gen/signalbox/runs/v1/hook_pb.ts";
import { StatusSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { type ListQuery, principalField, scopeIn } from "@signalbox/runtime/resource/lists.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import type { PrincipalNames } from "../run/mapping.ts";

/** What may be asked of the hooks of a workspace. */
export function hookListing(names: PrincipalNames, query: Pick<ListQuery, "projectId" | "visible">): Listing {
  return {
    table: "runs_hook_invocation",
    ...scopeIn(query),
    key: "id",
    defaultOrder: "create_time desc",
    fields: {
      id: { kind: "id", column: "id" },
      name: { kind: "text", column: "name" },
      run: { kind: "id", column: "runId", implies: ["projectId"] },
      step: { kind: "id", column: "stepId" },
      project: { kind: "id", column: "projectId" },
      type: { kind: "enum", column: "type", enum: HookTypeSchema },
      status: { kind: "enum", column: "status", enum: StatusSchema },
      owner: principalField("ownerId", names),
      create_time: { kind: "time", column: "createTime", sortable: true },
      start_time: { kind: "time", column: "startTime", sortable: true },
      end_time: { kind: "time", column: "endTime" },
    },
  };
}
