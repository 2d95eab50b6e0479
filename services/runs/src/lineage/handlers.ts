import type { LineageService } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { grantedScope } from "@signalbox/runtime/resource/granted.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { describeWalk, mostNodes, usualHops } from "./describe.ts";
import { modelVersionOrigins } from "./origins.ts";
import { lineageStore } from "./store.ts";
import { hexOf, walk } from "./walk.ts";

export function lineageHandlers(context: Context): Handlers<typeof LineageService> {
  return {
    async getLineage({ artifactVersion, direction, maxHops }, call) {
      const store = lineageStore(context.database.db, workspaceOf(call), grantedScope(call));
      const walked = await walk([hexOf(toId(artifactVersion))], store.sources(direction), maxHops || usualHops, mostNodes);
      return { truncated: walked.truncated, ...(await describeWalk(context, store, walked, call)) };
    },

    getModelVersionOrigins: modelVersionOrigins(context),
  };
}
