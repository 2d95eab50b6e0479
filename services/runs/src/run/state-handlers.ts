import type { RunStateService } from "@signalbox/gen/signalbox/runs/v1/run_state_service_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import type { Context } from "../context.ts";

/** Tells the other services of the plane which runs have ended or were resumed, so that they refuse their tokens. */
export function runStateHandlers({ runs }: Pick<Context, "runs">): Handlers<typeof RunStateService> {
  return {
    async batchGetRunStates({ workspace, runs: asked }) {
      const ids = [...new Set(asked.map((run) => run.toLowerCase()))].map(toId);
      const ends = await runs.ends(toId(workspace), ids);
      return {
        states: ends.map(({ id, closedTime, inProgress, generation }) => ({
          run: toUuid(id),
          generation,
          ...(inProgress === 0 ? { endTime: toTimestamp(closedTime) } : {}),
        })),
      };
    },
  };
}
