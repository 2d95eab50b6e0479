import type { Condition } from "@signalbox/runtime/filter/condition.ts";
import { type Id, isUuid, toId } from "@signalbox/runtime/ids.ts";
import { differing, findRow, readRow, type Which } from "@signalbox/runtime/resource/change.ts";
import type { ListQuery } from "@signalbox/runtime/resource/lists.ts";
import { removeRow, writeRow } from "@signalbox/runtime/resource/rewrite.ts";
import { wordStore } from "@signalbox/runtime/resource/words.ts";
import { checkEtag } from "@signalbox/runtime/rpc/patch.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import { portions } from "@signalbox/runtime/store/portions.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";
import type { Kysely } from "kysely";
import { dropAccessBy } from "../code/store.ts";
import type { Context } from "../context.ts";
import { namedFields } from "../list-fields.ts";
import type { CredentialsTables, SecretRow, SecretValueRow } from "../tables.ts";

type Db = Kysely<CredentialsTables>;

/** A secret with the names of its values. */
export interface Named extends SecretRow {
  readonly keys: readonly string[];
}

export interface SecretChange {
  readonly patch: Partial<Pick<SecretRow, "name" | "description" | "private" | "privateOwner">>;
  /** Sealed already. */
  readonly set: readonly SecretValueRow[];
  readonly removed: readonly string[];
  readonly etag: string;
  readonly now: number;
}

const which = (workspaceId: Id, id: Id): Which<"credentials_secret"> => ({ table: "credentials_secret", type: "secret", workspaceId, id });

const words = wordStore("credentials_secret");

export function secretStore({ db, dialect }: Pick<Database<CredentialsTables>, "db" | "dialect">, policy: Context["policy"]) {
  return {
    /** Of what the caller may know, what has the id or the name: of two with one name the private one. */
    async resolve(workspaceId: Id, reference: string, caller: Id): Promise<Pick<SecretRow, "id" | "ownerId"> | undefined> {
      const query = db.selectFrom("credentials_secret").select(["id", "ownerId"]).where("workspaceId", "=", workspaceId);
      const here = isUuid(reference) ? query.where("id", "=", toId(reference)) : query.where("name", "=", reference);
      return here.where(knownTo(caller)).orderBy("private", "desc").limit(1).executeTakeFirst();
    },

    /** What has the id, whoever may know of it. */
    owner(workspaceId: Id, id: Id): Promise<Pick<SecretRow, "id" | "ownerId"> | undefined> {
      const query = db.selectFrom("credentials_secret").select(["id", "ownerId"]).where("workspaceId", "=", workspaceId);
      return query.where("id", "=", id).executeTakeFirst();
    },

    async add(trx: Db, row: SecretRow, values: readonly SecretValueRow[]): Promise<void> {
      await trx.insertInto("credentials_secret").values(row).execute();
      await addValues(trx, values);
      await words.add(trx, dialect, row);
    },

    async find(workspaceId: Id, id: Id): Promise<Named | undefined> {
      const row = await findRow(db, which(workspaceId, id));
      return row && (await named(db, workspaceId, [row]))[0];
    },

    /** Fails with NOT_FOUND. */
    async get(workspaceId: Id, id: Id): Promise<Named> {
      const row = await readRow(db, which(workspaceId, id));
      return (await named(db, workspaceId, [row]))[0] as Named;
    },

    async list({ workspaceId, visible, request, context }: ListQuery, caller: Id): Promise<Page<Named>> {
      const query = db
        .selectFrom("credentials_secret")
        .selectAll()
        .where("credentials_secret.workspaceId", "=", workspaceId)
        .where(visibleWhere(visible, { owner: "credentials_secret.ownerId" }))
        .where(knownTo(caller));
      const listing = {
        table: "credentials_secret",
        fixed: ["workspaceId"],
        key: "credentials_secret.id",
        defaultOrder: "create_time desc",
        fields: {
          ...namedFields("credentials_secret", policy, words.field(db, dialect, { workspaceId, projectId: undefined })),
          private: { kind: "flag" as const, column: "credentials_secret.private" },
        },
      };
      const { rows, ...page } = await list(query, listing, request, context);
      return { ...page, rows: await named(db, workspaceId, rows) };
    },

    /** The secret with its sealed values. Fails with NOT_FOUND. */
    async read(trx: Db, workspaceId: Id, id: Id): Promise<{ readonly row: SecretRow; readonly values: SecretValueRow[] }> {
      const row = await readRow(trx, which(workspaceId, id));
      return { row, values: await valuesOf(trx, workspaceId, id) };
    },

    /** One of its values, sealed. */
    value(workspaceId: Id, secretId: Id, name: string): Promise<SecretValueRow | undefined> {
      const query = db.selectFrom("credentials_secret_value").selectAll().where("workspaceId", "=", workspaceId);
      return query.where("secretId", "=", secretId).where("name", "=", name).executeTakeFirst();
    },

    /** Writes a change of what was read in the same transaction. What would change nothing writes nothing, whatever the etag. */
    async change(trx: Db, before: SecretRow, { patch, set, removed, etag, now }: SecretChange): Promise<SecretRow> {
      const { workspaceId, id } = before;
      const fields = differing(before, patch);
      if (Object.keys(fields).length + set.length + removed.length === 0) return before;
      checkEtag(etag, before.revision);
      const row = await writeRow(trx, which(workspaceId, id), before, { ...fields, updateTime: now });
      if (fields.name !== undefined) await words.change(trx, dialect, row);
      await dropValues(trx, workspaceId, id, [...removed, ...set.map(({ name }) => name)]);
      await addValues(trx, set);
      return row;
    },

    /** Fails with NOT_FOUND or ETAG_MISMATCH. */
    async remove(trx: Db, workspaceId: Id, id: Id, etag: string): Promise<void> {
      const row = await readRow(trx, which(workspaceId, id));
      checkEtag(etag, row.revision);
      await removeRow(trx, which(workspaceId, id), row);
      await trx.deleteFrom("credentials_secret_value").where("workspaceId", "=", workspaceId).where("secretId", "=", id).execute();
      await dropAccessBy(trx, workspaceId, id);
      await words.drop(trx, workspaceId, [id]);
    },
  };
}

/** What is private is known to its owner alone. */
const knownTo =
  (caller: Id): Condition =>
  (row) =>
    row.or([
      row("credentials_secret.private", "is", null),
      row("credentials_secret.private", "=", 0),
      row("credentials_secret.ownerId", "=", caller),
    ]);

function valuesOf(db: Db, workspaceId: Id, secretId: Id): Promise<SecretValueRow[]> {
  const query = db.selectFrom("credentials_secret_value").selectAll().where("workspaceId", "=", workspaceId);
  return query.where("secretId", "=", secretId).orderBy("name").execute();
}

async function named(db: Db, workspaceId: Id, rows: readonly SecretRow[]): Promise<Named[]> {
  if (rows.length === 0) return [];
  const found = await db
    .selectFrom("credentials_secret_value")
    .select(["secretId", "name"])
    .where("workspaceId", "=", workspaceId)
    .where(
      "secretId",
      "in",
      rows.map(({ id }) => id),
    )
    .orderBy("secretId")
    .orderBy("name")
    .execute();
  const names = Map.groupBy(found, ({ secretId }) => secretId.toString("hex"));
  return rows.map((row) => ({ ...row, keys: (names.get(row.id.toString("hex")) ?? []).map(({ name }) => name) }));
}

async function addValues(trx: Db, values: readonly SecretValueRow[]): Promise<void> {
  for (const portion of portions(values, ({ sealed }) => sealed.length)) {
    await trx.insertInto("credentials_secret_value").values(portion).execute();
  }
}

async function dropValues(trx: Db, workspaceId: Id, secretId: Id, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const query = trx.deleteFrom("credentials_secret_value").where("workspaceId", "=", workspaceId).where("secretId", "=", secretId);
  await query.where("name", "in", names).execute();
}
