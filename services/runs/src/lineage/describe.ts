import { noId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Context } from "../context.ts";
import { artifactNames } from "../graph/artifact-names.ts";
import { toInput, toOutput } from "../step/mapping.ts";
import type { lineageStore } from "./store.ts";
import { idOf, type Walked } from "./walk.ts";

export const usualHops = 10;
export const mostNodes = 1000;

/** The steps and artifact versions that a walk reached, as the contract has them. */
export async function describeWalk(context: Context, store: ReturnType<typeof lineageStore>, walked: Walked, call: Call) {
  const { steps, inputs, outputs } = await store.describe([...walked.steps.keys()]);
  const versions = walked.versions.map((version) => toUuid(idOf(version)));
  const names = await artifactNames(context, versions, call);
  return {
    steps: [...walked.steps].flatMap(([key, hops]) => {
      const seen = steps.get(key);
      if (!seen) return [];
      const { step, run } = seen;
      return [
        {
          ...{ id: toUuid(step.id), run: toUuid(run.id), runName: run.name, name: step.name, attempt: step.attempt, status: step.status },
          cachedFrom: step.cachedFromId.equals(noId) ? "" : toUuid(step.cachedFromId),
          inputs: (inputs.get(key) ?? []).map(toInput),
          outputs: (outputs.get(key) ?? []).map(toOutput),
          hops,
        },
      ];
    }),
    artifacts: versions.map((id) => ({ artifactVersion: id, ...(names.get(id) ?? { artifactName: "", version: "", uri: "" }) })),
  };
}
