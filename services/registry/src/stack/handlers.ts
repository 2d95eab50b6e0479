import {
  CreateStackRequestSchema,
  type StackService,
  UpdateStackRequestSchema,
} from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { createOnce, naming } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import type { Context } from "../context.ts";
import { readableBy } from "../readable.ts";
import { checkComposition, checkDistinct } from "./composition.ts";
import { toStack } from "./mapping.ts";
import { stackStore, type WholeStack } from "./store.ts";

export function stackHandlers(context: Context): Handlers<typeof StackService> {
  const { database, mutate, clock, policy } = context;
  const { dialect } = database;
  const stacks = stackStore(database, policy);
  const readable = readableBy(context);

  /** The components that a request names. Fails with NOT_FOUND or FIELD_INVALID unless they make a stack and the caller may read them. */
  async function composed(call: Call, uuids: readonly string[]): Promise<Id[]> {
    checkDistinct(uuids);
    const ids = uuids.map(toId);
    const found = new Map((ids.length > 0 ? await stacks.components(workspaceOf(call), ids) : []).map((row) => [toUuid(row.id), row]));
    const components = [];
    for (const id of ids.map(toUuid)) {
      const component = found.get(id);
      if (!component || !(await readable(call, "stack_component", { id, owner: toUuid(component.ownerId) })))
        throw notFound("component", id);
      components.push(component);
    }
    checkComposition(components.map(({ type }) => type));
    return ids;
  }

  return {
    async createStack(request, call) {
      checkName(request.name);
      const { name, description, labels } = request;
      const [workspaceId, now] = [workspaceOf(call), clock()];
      const row = {
        workspaceId,
        id: request.id ? toId(request.id) : newId(),
        ownerId: callerId(call),
        contentHash: contentHash(CreateStackRequestSchema, request),
        name,
        description,
        labels,
        revision: 1,
        createTime: now,
        updateTime: now,
      };
      const find = () => stacks.find(workspaceId, row.id);
      // A repeat is answered even if a component of it is gone by now.
      const repeated = request.id ? await find() : undefined;
      if (repeated?.contentHash.equals(row.contentHash)) return { stack: toStack(repeated, policy) };
      const whole: WholeStack = { ...row, components: await composed(call, request.components) };
      const kept = await createOnce({
        dialect,
        type: "stack",
        row: whole,
        name,
        find,
        insert: () => mutate(call, { subject: toUuid(row.id) }, (trx) => stacks.add(trx, whole).then(() => whole)),
      });
      return { stack: toStack(kept, policy) };
    },

    async getStack(_, call) {
      return { stack: toStack(await stacks.get(workspaceOf(call), grantedId(call)), policy) };
    },

    async listStacks(request, call) {
      const { rows, ...page } = await stacks.list(listQuery(context.lists, request, call));
      return { stacks: rows.map((row) => toStack(row, policy)), ...pageOf(page) };
    },

    async updateStack(request, call) {
      const { components, labels, ...patch } = patchOf(UpdateStackRequestSchema, request, ["name", "description", "components", "labels"]);
      if (patch.name !== undefined) checkName(patch.name);
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const ids = components && (await composed(call, components));
      const row = await naming(dialect, "stack", patch.name, () =>
        mutate(call, { subject: toUuid(id) }, (trx) =>
          stacks.change(trx, workspaceId, id, { patch, components: ids, labels, etag: request.etag, now: clock() }),
        ),
      );
      return { stack: toStack(row, policy) };
    },

    async deleteStack({ etag }, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      await mutate(call, { subject: toUuid(id) }, (trx) => stacks.remove(trx, workspaceId, id, etag));
      return {};
    },
  };
}
