import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { differing, findRow, readRow, type Which } from "@signalbox/runtime/resource/change.ts";
import { type Labels, labelStore, sameLabels } from "@signalbox/runtime/resource/labels.ts";
import type { ListQuery } from "@signalbox/runtime/resource/lists.ts";
import { removeRow, writeRow } from "@signalbox/runtime/resource/rewrite.ts";
import type { ResourceRow } from "@signalbox/runtime/resource/row.ts";
import { checkEtag } from "@signalbox/runtime/rpc/patch.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";
import type { Kysely } from "kysely";
import type { Context } from "../context.ts";
import type { ConnectorRow, CredentialsTables } from "../tables.ts";
import { connectorListing, connectorWords } from "./listing.ts";
import { dropResourceTypes, setResourceTypes } from "./resource-types.ts";

type Db = Kysely<CredentialsTables>;

/** A connector with its labels. */
export interface Labelled extends ConnectorRow {
  readonly labels: Labels;
}

/** A connector as issuing needs it: with its sealed secret. */
export interface Issuing extends ConnectorRow {
  readonly sealed: Buffer;
}

/** A connector with all that belongs to it. */
export type WithSecret = Labelled & Issuing;

export interface ConnectorChange {
  readonly patch: Partial<Omit<ConnectorRow, keyof ResourceRow>>;
  readonly labels: Labels | undefined;
  /** A new secret, sealed already; undefined where it stays. */
  readonly sealed: Buffer | undefined;
  readonly etag: string;
  readonly now: number;
}

const connectorLabels = labelStore("credentials");

const which = (workspaceId: Id, id: Id): Which<"credentials_connector"> => ({
  table: "credentials_connector",
  type: "connector",
  workspaceId,
  id,
});

export function connectorStore({ db, dialect }: Pick<Database<CredentialsTables>, "db" | "dialect">, policy: Context["policy"]) {
  return {
    async resolve(workspaceId: Id, reference: string): Promise<Pick<ConnectorRow, "id" | "ownerId"> | undefined> {
      const query = db.selectFrom("credentials_connector").select(["id", "ownerId"]).where("workspaceId", "=", workspaceId);
      const here = isUuid(reference) ? query.where("id", "=", toId(reference)) : query.where("name", "=", reference);
      return here.executeTakeFirst();
    },

    async add(trx: Db, { labels, sealed, ...row }: WithSecret): Promise<void> {
      await trx.insertInto("credentials_connector").values(row).execute();
      await trx.insertInto("credentials_connector_secret").values({ workspaceId: row.workspaceId, connectorId: row.id, sealed }).execute();
      await connectorLabels.set(trx, row.workspaceId, row.id, labels);
      await setResourceTypes(trx, row);
      await connectorWords.add(trx, dialect, row);
    },

    async find(workspaceId: Id, id: Id): Promise<Labelled | undefined> {
      const row = await findRow(db, which(workspaceId, id));
      return row && (await connectorLabels.labelled(db, workspaceId, [row]))[0];
    },

    /** Fails with NOT_FOUND. */
    async get(workspaceId: Id, id: Id): Promise<Labelled> {
      const row = await readRow(db, which(workspaceId, id));
      return (await connectorLabels.labelled(db, workspaceId, [row]))[0] as Labelled;
    },

    async list({ workspaceId, visible, request, context }: ListQuery): Promise<Page<Labelled>> {
      const { rows, ...page } = await list(
        db
          .selectFrom("credentials_connector")
          .selectAll()
          .where("credentials_connector.workspaceId", "=", workspaceId)
          .where(visibleWhere(visible, { owner: "credentials_connector.ownerId" })),
        connectorListing({ db, dialect }, policy, workspaceId, connectorLabels.field("credentials_connector", dialect)),
        request,
        context,
      );
      return { ...page, rows: await connectorLabels.labelled(db, workspaceId, rows) };
    },

    /** The connector alone: what issuing needs of it each time. Fails with NOT_FOUND. */
    row: (workspaceId: Id, id: Id): Promise<ConnectorRow> => readRow(db, which(workspaceId, id)),

    /** The connector with all that belongs to it, for a change of it in the same transaction. Fails with NOT_FOUND. */
    async read(trx: Db, workspaceId: Id, id: Id): Promise<WithSecret> {
      const row = await readRow(trx, which(workspaceId, id));
      const [whole] = await connectorLabels.labelled(trx, workspaceId, [row]);
      return { ...(whole as Labelled), sealed: await sealedOf(trx, workspaceId, id) };
    },

    /** The connector with its sealed secret, read in one statement so that they belong together. Fails with NOT_FOUND. */
    async issuing(workspaceId: Id, id: Id): Promise<Issuing> {
      const row = await db
        .selectFrom("credentials_connector")
        .innerJoin("credentials_connector_secret as secret", (join) =>
          join
            .onRef("secret.workspaceId", "=", "credentials_connector.workspaceId")
            .onRef("secret.connectorId", "=", "credentials_connector.id"),
        )
        .selectAll("credentials_connector")
        .select("secret.sealed")
        .where("credentials_connector.workspaceId", "=", workspaceId)
        .where("credentials_connector.id", "=", id)
        .executeTakeFirst();
      if (!row) throw notFound("connector", toUuid(id));
      return row;
    },

    /** Writes a change of what was read in the same transaction. What would change nothing writes nothing, whatever the etag. */
    async change(trx: Db, whole: WithSecret, { patch, labels = whole.labels, sealed, etag, now }: ConnectorChange): Promise<Labelled> {
      const { labels: held, sealed: _, ...before } = whole;
      const { workspaceId, id } = before;
      const fields = differing(before, patch);
      const relabelled = !sameLabels(held, labels);
      if (Object.keys(fields).length === 0 && !relabelled && !sealed) return whole;
      checkEtag(etag, before.revision);
      const row = await writeRow(trx, which(workspaceId, id), before, { ...fields, updateTime: now });
      if (relabelled) await connectorLabels.set(trx, workspaceId, id, labels);
      if (fields.resourceTypes !== undefined) await setResourceTypes(trx, row);
      if (fields.name !== undefined) await connectorWords.change(trx, dialect, row);
      if (sealed) {
        const update = trx.updateTable("credentials_connector_secret").set({ sealed }).where("workspaceId", "=", workspaceId);
        await update.where("connectorId", "=", id).execute();
      }
      return { ...row, labels };
    },

    /** Fails with NOT_FOUND or ETAG_MISMATCH. */
    async remove(trx: Db, workspaceId: Id, id: Id, etag: string): Promise<void> {
      const row = await readRow(trx, which(workspaceId, id));
      checkEtag(etag, row.revision);
      await removeRow(trx, which(workspaceId, id), row);
      await trx.deleteFrom("credentials_connector_secret").where("workspaceId", "=", workspaceId).where("connectorId", "=", id).execute();
      await connectorLabels.drop(trx, workspaceId, id);
      await dropResourceTypes(trx, row);
      await connectorWords.drop(trx, workspaceId, [id]);
    },
  };
}

async function sealedOf(db: Db, workspaceId: Id, connectorId: Id): Promise<Buffer> {
  const query = db.selectFrom("credentials_connector_secret").select("sealed").where("workspaceId", "=", workspaceId);
  return (await query.where("connectorId", "=", connectorId).executeTakeFirstOrThrow()).sealed;
}
