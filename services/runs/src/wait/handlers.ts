import type { WaitConditionService } from "@signalbox/gen/signalbox/runs/v1/wait_condition_service_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import type { WaitConditionTable } from "../tables.ts";
import { answerCondition } from "./answer.ts";
import { createWaitCondition } from "./create.ts";
import { poll } from "./poll.ts";

export function waitHandlers(context: Context): Handlers<typeof WaitConditionService> {
  const { waits, lists } = context;
  const withCondition = async (row: WaitConditionTable) => {
    const [waitCondition] = await waits.describe([row]);
    return waitCondition ? { waitCondition } : {};
  };
  return {
    async createWaitCondition(request, call) {
      const { row, created } = await createWaitCondition(context, request, call);
      return { ...(await withCondition(row)), created };
    },

    async getWaitCondition({ waitCondition }, call) {
      const found = await waits.find(workspaceOf(call), grantedId(call), waitCondition);
      if (!found) throw notFound("wait_condition", waitCondition);
      return withCondition(found);
    },

    async listWaitConditions(request, call) {
      const { rows, ...page } = await waits.list(listQuery(lists, request, call));
      return { waitConditions: await waits.describe(rows), ...pageOf(page) };
    },

    pollWaitCondition: async (request, call) => withCondition(await poll(context, workspaceOf(call), grantedId(call), request)),

    answerWaitCondition: async (request, call) => withCondition(await answerCondition(context, request, call)),
  };
}
