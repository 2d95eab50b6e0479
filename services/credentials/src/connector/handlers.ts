import {
  type ConnectorService,
  CreateConnectorRequestSchema,
  type UpdateConnectorRequest,
  UpdateConnectorRequestSchema,
} from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { tellGone } from "@signalbox/runtime/events/gone.ts";
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
import { accessibleBy } from "./accessible.ts";
import { kindIn } from "./columns.ts";
import { changing, made, remade, remakes } from "./made.ts";
import { toConnector } from "./mapping.ts";
import { openRecord, openSecret, sealSecret } from "./secret.ts";
import { connectorStore, type Labelled, type WithSecret } from "./store.ts";

type Managed =
  | "createConnector"
  | "getConnector"
  | "readConnectorSecrets"
  | "listConnectors"
  | "listConnectorResources"
  | "updateConnector"
  | "deleteConnector";

/** What is done to connectors; what is done with them is beside it in `issue/` and `lease/`. */
export function connectorHandlers(context: Context): Pick<Handlers<typeof ConnectorService>, Managed> {
  const { database, mutate, keys, clock, policy } = context;
  const { dialect } = database;
  const connectors = connectorStore(database, policy);
  const gone = tellGone(context, "connector.deleted");

  return {
    async createConnector(request, call) {
      const { name, description, labels } = request;
      checkName(name);
      const { columns, secret } = made(request);
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
        ...columns,
        labels,
        sealed: sealSecret(sealer, workspaceId, id, secret),
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

    async readConnectorSecrets(_, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const sealer = await keys.sealerOf(workspaceId);
      // A write for a read: whoever gets the values is on record, and without the record nobody gets them.
      const { secrets, configuration } = await mutate(call, { subject: toUuid(id) }, async (trx) =>
        openRecord(sealer, await connectors.read(trx, workspaceId, id)),
      );
      return { secrets, ...(configuration !== "" && { configuration: { text: configuration } }) };
    },

    async listConnectors(request, call) {
      const { rows, ...page } = await connectors.list(listQuery(context.lists, request, call));
      return { connectors: rows.map((row) => toConnector(row, policy)), ...pageOf(page) };
    },

    async listConnectorResources(request, call) {
      const { rows, ...page } = await connectors.list(listQuery(context.lists, request, call));
      const own = (row: Labelled) => ({ id: toUuid(row.id), name: row.name, type: kindIn(row).type, resources: accessibleBy(row) });
      return { connectors: rows.map(own), ...pageOf(page) };
    },

    async updateConnector(request, call) {
      const patch = patchOf(UpdateConnectorRequestSchema, request, changing);
      const { name, description, labels } = patch;
      const replaces = replacesSecrets(request);
      if (name !== undefined) checkName(name);
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const sealer = await keys.sealerOf(workspaceId);
      const change = () =>
        mutate(call, { subject: toUuid(id) }, async (trx) => {
          const before = await connectors.read(trx, workspaceId, id);
          const held = openSecret(sealer, before);
          const { columns, secret } = replaces || remakes(patch) ? remade(before, held, patch, replaces) : { columns: {}, secret: held };
          const sealed = secret !== held ? sealSecret(sealer, workspaceId, id, secret) : undefined;
          const texts = { ...(name !== undefined && { name }), ...(description !== undefined && { description }) };
          return connectors.change(trx, before, { patch: { ...columns, ...texts }, labels, sealed, etag: request.etag, now: clock() });
        });
      return { connector: toConnector(await naming(dialect, "connector", name, () => again(change)), policy) };
    },

    async deleteConnector({ etag }, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const remove = () =>
        mutate(call, { subject: toUuid(id) }, async (trx) => {
          await connectors.remove(trx, workspaceId, id, etag);
          await gone(trx, workspaceId, [id]);
        });
      await again(remove);
      return {};
    },
  };
}

/** Fails with FIELD_INVALID where the request says twice what is to go, or does not say what is to be there. */
function replacesSecrets({ replaceSecrets, removeSecrets, updateMask }: UpdateConnectorRequest): boolean {
  if (!replaceSecrets) return false;
  if (removeSecrets.length > 0) throw fieldInvalid("remove_secrets", "says nothing where all secrets are replaced");
  const paths = updateMask?.paths ?? [];
  if (paths.length > 0 && !paths.includes("secrets") && !paths.includes("configuration")) {
    throw fieldInvalid("replace_secrets", "needs secrets or configuration in the update_mask");
  }
  return true;
}
