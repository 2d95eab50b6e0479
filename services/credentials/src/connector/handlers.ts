import {
  type ConnectorService,
  CreateConnectorRequestSchema,
  UpdateConnectorRequestSchema,
} from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { createOnce, naming } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import { again } from "@signalbox/runtime/resource/rewrite.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import type { Context } from "../context.ts";
import { madeOf, sealContent } from "../sealing/content.ts";
import { toConnector } from "./mapping.ts";
import { openSecret, sealSecret } from "./secret.ts";
import { changedSettings, fromKept, settingsOf, toKept } from "./settings.ts";
import { connectorStore, type WithSecret } from "./store.ts";

const usualLifetimeSeconds = 3600;

type Managed = "createConnector" | "getConnector" | "listConnectors" | "updateConnector" | "deleteConnector";

/** What is done to connectors; what is done with them is beside it in `issue/` and `lease/`. */
export function connectorHandlers(context: Context): Pick<Handlers<typeof ConnectorService>, Managed> {
  const { database, mutate, keys, clock, policy } = context;
  const { dialect } = database;
  const connectors = connectorStore(database, policy);

  return {
    async createConnector(request, call) {
      const { name, description, labels } = request;
      checkName(name);
      checkSecret(request.secret);
      const settings = toKept(settingsOf(request));
      const workspaceId = workspaceOf(call);
      const [id, now, sealer] = [request.id ? toId(request.id) : newId(), clock(), await keys.sealerOf(workspaceId)];
      const hash = contentHash(CreateConnectorRequestSchema, request);
      const row: WithSecret = {
        workspaceId,
        id,
        name,
        description,
        ownerId: callerId(call),
        contentHash: sealContent(sealer, { workspaceId, id }, hash),
        ...settings,
        lifetimeSeconds: request.lifetimeSeconds || usualLifetimeSeconds,
        labels,
        sealed: sealSecret(sealer, workspaceId, id, request.secret),
        revision: 1,
        createTime: now,
        updateTime: now,
      };
      const held = await createOnce({
        dialect,
        type: "connector",
        row,
        name,
        insert: () => mutate(call, { subject: toUuid(id) }, (trx) => connectors.add(trx, row).then(() => row)),
        find: () => connectors.find(workspaceId, id),
        same: (found) => madeOf(sealer, found, hash),
      });
      return { connector: toConnector(held, policy) };
    },

    async getConnector(_, call) {
      return { connector: toConnector(await connectors.get(workspaceOf(call), grantedId(call)), policy) };
    },

    async listConnectors(request, call) {
      const { rows, ...page } = await connectors.list(listQuery(context.lists, request, call));
      return { connectors: rows.map((row) => toConnector(row, policy)), ...pageOf(page) };
    },

    async updateConnector(request, call) {
      const patch = patchOf(UpdateConnectorRequestSchema, request, [
        "name",
        "description",
        "awsRole",
        "oauthClient",
        "secret",
        "lifetimeSeconds",
        "labels",
      ]);
      const { awsRole: _, oauthClient: __, secret, labels, ...columns } = patch;
      if (columns.name !== undefined) checkName(columns.name);
      if (columns.lifetimeSeconds === 0) columns.lifetimeSeconds = usualLifetimeSeconds;
      if (secret !== undefined) checkSecret(secret);
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const sealer = await keys.sealerOf(workspaceId);
      const change = () =>
        mutate(call, { subject: toUuid(id) }, async (trx) => {
          const before = await connectors.read(trx, workspaceId, id);
          const { settings } = toKept(changedSettings(fromKept(before), patch));
          const renewed = secret !== undefined && secret !== openSecret(sealer, before);
          const sealed = renewed ? sealSecret(sealer, workspaceId, id, secret) : undefined;
          return connectors.change(trx, before, { patch: { ...columns, settings }, labels, sealed, etag: request.etag, now: clock() });
        });
      return { connector: toConnector(await naming(dialect, "connector", columns.name, () => again(change)), policy) };
    },

    async deleteConnector({ etag }, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      await again(() => mutate(call, { subject: toUuid(id) }, (trx) => connectors.remove(trx, workspaceId, id, etag)));
      return {};
    },
  };
}

function checkSecret(secret: string): void {
  if (secret === "") throw fieldInvalid("secret", "the secret access key or the client secret is required");
}
