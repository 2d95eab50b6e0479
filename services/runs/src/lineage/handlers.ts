import type { LineageService } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedScope } from "@signalbox/runtime/resource/granted.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { artifactNames } from "../graph/artifact-names.ts";
import { toInput, toOutput } from "../step/mapping.ts";
import { lineageStore } from "./store.ts";
import { hexOf, idOf, walk } from "./walk.ts";

const usualHops = 10;
const mostNodes = 1000;

export function lineageHandlers(context: Context): Handlers<typeof LineageService> {
  return {
    async getLineage({ artifactVersion, direction, maxHops }, call) {
      const store = lineageStore(context.database.db, workspaceOf(call), grantedScope(call));
      const walked = await walk(hexOf(toId(artifactVersion)), store.sources(direction), maxHops || usualHops, mostNodes);
      const { steps, inputs, outputs } = await store.describe([...walked.steps.keys()]);
      const versions = walked.versions.map((version) => toUuid(idOf(version)));
      const names = await artifactNames(context, versions, call);
      return {
        truncated: walked.truncated,
        steps: [...walked.steps].flatMap(([key, hops]) => {
          const seen = steps.get(key);
          if (!seen) return [];
          const { step, run } = seen;
          return [
            {
              id: toUuid(step.id),
              run: toUuid(run.id),
              runName: run.name,
              name: step.name,
              attempt: step.attempt,
              status: step.status,
              cachedFrom: step.cachedFromId.equals(noId) ? "" : toUuid(step.cachedFromId),
              inputs: (inputs.get(key) ?? []).map(toInput),
              outputs: (outputs.get(key) ?? []).map(toOutput),
              hops,
            },
          ];
        }),
        artifacts: versions.map((id) => ({ artifactVersion: id, ...(names.get(id) ?? { artifactName: "", version: "", uri: "" }) })),
      };
    },
  };
}
