import {
  type ComponentService,
  CreateComponentRequestSchema,
  UpdateComponentRequestSchema,
} from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { newId, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { createOnce, naming } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { jsonText } from "@signalbox/runtime/resource/json.ts";
import { listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import type { Context } from "../context.ts";
import { toComponent } from "./mapping.ts";
import { componentStore, type Labelled } from "./store.ts";

const idOf = (uuid: string) => (uuid === "" ? noId : toId(uuid));

export function componentHandlers(context: Context): Handlers<typeof ComponentService> {
  const { database, mutate, clock, policy } = context;
  const { dialect } = database;
  const components = componentStore(database, policy);

  return {
    async createComponent(request, call) {
      checkName(request.name);
      const { name, type, flavor, connectorResource, labels } = request;
      const [workspaceId, now] = [workspaceOf(call), clock()];
      const row: Labelled = {
        workspaceId,
        id: request.id ? toId(request.id) : newId(),
        ownerId: callerId(call),
        contentHash: contentHash(CreateComponentRequestSchema, request),
        name,
        type,
        flavor,
        configuration: jsonText(request.configuration, "configuration"),
        connectorId: idOf(request.connector),
        connectorResource,
        stackCount: 0,
        labels,
        revision: 1,
        createTime: now,
        updateTime: now,
      };
      const kept = await createOnce({
        dialect,
        type: "component",
        row,
        name,
        find: () => components.find(workspaceId, row.id),
        insert: () => mutate(call, { subject: toUuid(row.id) }, (trx) => components.add(trx, row).then(() => row)),
      });
      return { component: toComponent(kept, policy) };
    },

    async getComponent(_, call) {
      return { component: toComponent(await components.get(workspaceOf(call), grantedId(call)), policy) };
    },

    async listComponents(request, call) {
      const { rows, ...page } = await components.list(listQuery(context.lists, request, call));
      return { components: rows.map((row) => toComponent(row, policy)), ...pageOf(page) };
    },

    async updateComponent(request, call) {
      const asked = patchOf(UpdateComponentRequestSchema, request, ["name", "configuration", "connector", "connectorResource", "labels"]);
      const { labels, configuration, connector, ...texts } = asked;
      if (texts.name !== undefined) checkName(texts.name);
      const patch = {
        ...texts,
        ...("configuration" in asked && { configuration: jsonText(configuration, "configuration") }),
        ...(connector !== undefined && { connectorId: idOf(connector) }),
      };
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const row = await naming(dialect, "component", texts.name, () =>
        mutate(call, { subject: toUuid(id) }, (trx) =>
          components.change(trx, workspaceId, id, { patch, labels, etag: request.etag, now: clock() }),
        ),
      );
      return { component: toComponent(row, policy) };
    },

    async deleteComponent({ etag }, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      await mutate(call, { subject: toUuid(id) }, (trx) => components.remove(trx, workspaceId, id, etag));
      return {};
    },
  };
}
