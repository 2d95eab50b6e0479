import type { HookService } from "@signalbox/gen/signalbox/runs/v1/hook_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { recordHook } from "./record.ts";
import type { HookInvocationTable } from "./tables.ts";

export function hookHandlers(context: Context): Handlers<typeof HookService> {
  const { hooks, lists, mutate } = context;
  const withHook = async (row: HookInvocationTable) => {
    const [hookInvocation] = await hooks.describe([row]);
    return hookInvocation ? { hookInvocation } : {};
  };
  return {
    recordHookInvocation: async (request, call) => withHook(await recordHook(context, request, call)),

    async getHookInvocation({ hookInvocation }, call) {
      const found = await hooks.find(workspaceOf(call), grantedId(call), toId(hookInvocation));
      if (!found) throw notFound("hook_invocation", hookInvocation);
      return withHook(found);
    },

    async listHookInvocations(request, call) {
      const { rows, ...page } = await hooks.list(listQuery(lists, request, call));
      return { hookInvocations: await hooks.describe(rows), ...pageOf(page) };
    },

    async deleteHookInvocation({ hookInvocation }, call) {
      const run = grantedId(call);
      await mutate(call, { subject: toUuid(run), project: call.granted?.resource?.project }, async (trx) => {
        const { numDeletedRows } = await trx
          .deleteFrom("runsHookInvocation")
          .where("workspaceId", "=", workspaceOf(call))
          .where("runId", "=", run)
          .where("id", "=", toId(hookInvocation))
          .executeTakeFirst();
        if (numDeletedRows === 0n) throw notFound("hook_invocation", hookInvocation);
      });
      return {};
    },
  };
}
