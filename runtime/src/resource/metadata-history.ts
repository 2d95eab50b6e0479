import { fromBinary } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import type { Expression, Kysely } from "kysely";
import type { Micros } from "../clock.ts";
import { fieldInvalid, notFound } from "../errors.ts";
import { type Id, newId, noId, toUuid } from "../ids.ts";
import { columnsOf, createKeys, createTable } from "../store/create-table.ts";
import type { BulkRow, BulkTable } from "../store/dialect/bulk.ts";
import type { Dialect } from "../store/dialect/dialect.ts";
import { type ListContext, type ListRequest, list, type Page } from "../store/page.ts";
import { portions } from "../store/portions.ts";
import { sendAll } from "../store/send-all.ts";
import { idReused } from "./create-once.ts";
import { bytesOf, type Metadata, type MetadataTable, metadataColumns, metadataRow } from "./metadata.ts";

/** A value that was logged of a version. */
export interface MetadataEntryTable {
  readonly workspaceId: Id;
  readonly versionId: Id;
  /** Sorts as they were logged. */
  readonly id: Id;
  /** The id that the caller gave to what logged it; all zeros for what the version was created with. */
  readonly requestId: Id;
  readonly key: string;
  /** A signalbox.value.v1.Value. */
  readonly value: Buffer;
  readonly runId: Id;
  readonly step: string;
  readonly componentId: Id;
  readonly ownerId: Id;
  readonly time: Micros;
}

/** Who logs, and what about. */
type Origin = Pick<MetadataEntryTable, "runId" | "step" | "componentId" | "ownerId">;

const columns = {
  ...{ workspaceId: "id", versionId: "id", id: "id", requestId: "id", key: "name", value: "bytes" },
  ...{ runId: "id", step: "name", componentId: "id", ownerId: "id", time: "time" },
} as const satisfies BulkTable["columns"];

/** The table, for the migration of its service. */
export async function createMetadataHistory(db: Kysely<unknown>, { types }: Pick<Dialect, "types">, table: string): Promise<void> {
  await createTable(db, table, columnsOf({ columns }, types), ["workspace_id", "version_id", "id"]);
  await createKeys(db, table, { once: ["workspace_id", "version_id", "request_id", "key"] });
}

/** Keys that a version has at most. */
const mostKeys = 1000;

// biome-ignore lint/suspicious/noExplicitAny: any service's database, whatever else it holds
type Db = Kysely<any>;

export interface History {
  /** The table of the latest values. */
  readonly latest: string;
  /** The table of all values. */
  readonly table: string;
  /** The table of what has them, with the columns ownerId and createTime. */
  readonly versions: string;
  /** As errors name it: "model_version". */
  readonly type: string;
}

interface Logged {
  readonly workspaceId: Id;
  readonly versions: readonly Id[];
  readonly values: Metadata;
  /** All zeros for none. */
  readonly requestId: Id;
  readonly origin: Origin;
  readonly now: Micros;
}

type Version = { readonly id: Id; readonly ownerId: Id; readonly createTime: Micros };

/**
 * All values that versions had. What a version is created with is its history until something is logged of it, and is
 * copied then, so that creating costs no more than the latest values.
 */
export function metadataHistory({ latest, table, versions, type }: History) {
  const entries = (db: Db, workspaceId: Id, ids: readonly Id[]) =>
    db.selectFrom(table).where("workspaceId", "=", workspaceId).where("versionId", "in", ids);

  /** Holds the versions until the transaction ends, so that what is logged of one has an order. Fails with NOT_FOUND. */
  async function hold(trx: Db, workspaceId: Id, ids: readonly Id[]): Promise<readonly Version[]> {
    const update = trx.updateTable(versions).set((row) => ({ createTime: row.ref("createTime") }));
    await update.where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
    const query = trx.selectFrom(versions).select(["id", "ownerId", "createTime"]).where("workspaceId", "=", workspaceId);
    const held = (await query.where("id", "in", ids).execute()) as Version[];
    for (const id of ids) if (!held.some((each) => each.id.equals(id))) throw notFound(type, toUuid(id));
    return held;
  }

  /** Whether the same was logged by the same id. Fails with ID_REUSED where it was something else. */
  async function isRepeat(trx: Db, { workspaceId, versions: ids, values, requestId }: Logged): Promise<boolean> {
    if (requestId.equals(noId)) return false;
    const found = await entries(trx, workspaceId, ids).where("requestId", "=", requestId).select(["key", "value"]).execute();
    if (found.length === 0) return false;
    const same = found.every(({ key, value }) => values[key] !== undefined && bytesOf(values[key]).equals(value));
    if (!same || found.length !== ids.length * Object.keys(values).length) throw idReused(type, requestId);
    return true;
  }

  /** What versions were created with, for those of which nothing was logged yet. */
  async function begin(trx: Db, workspaceId: Id, held: readonly Version[]): Promise<MetadataEntryTable[]> {
    const ids = held.map(({ id }) => id);
    const logged = (await entries(trx, workspaceId, ids).select("versionId").distinct().execute()) as { versionId: Id }[];
    const fresh = new Map(held.map((each) => [each.id.toString("hex"), each]));
    for (const { versionId } of logged) fresh.delete(versionId.toString("hex"));
    if (fresh.size === 0) return [];
    const created = trx.selectFrom(latest).selectAll().where("workspaceId", "=", workspaceId).orderBy("versionId").orderBy("key");
    const own = [...fresh.values()].map(({ id }) => id);
    return ((await created.where("versionId", "in", own).execute()) as MetadataTable[]).map(({ versionId, key, value }) => {
      const { ownerId, createTime: time } = fresh.get(versionId.toString("hex")) as Version;
      return { ...{ workspaceId, versionId, key, value, ownerId, time }, ...nobody, id: newId(), requestId: noId };
    });
  }

  return {
    /** Adds values to each of these versions, and makes them their latest. A repeat with the same id changes nothing. Fails with NOT_FOUND, ID_REUSED, or FIELD_INVALID for too many keys. */
    async log(trx: Db, dialect: Dialect, logged: Logged): Promise<boolean> {
      const { workspaceId, values, requestId, origin, now: time } = logged;
      const held = await hold(trx, workspaceId, logged.versions);
      if (await isRepeat(trx, logged)) return false;
      const asked = requestId.equals(noId) ? newId() : requestId;
      const before = await begin(trx, workspaceId, held);
      const own = Object.entries(values).map(([key, value]) => ({ key, value: bytesOf(value) }));
      const added = held.flatMap(({ id: versionId }) =>
        own.map((each) => ({ ...{ workspaceId, versionId, ...each, ...origin, time }, id: newId(), requestId: asked })),
      );
      const newest = held.flatMap(({ id: versionId }) =>
        Object.entries(values).map(([key, value]) => metadataRow({ workspaceId, versionId, key }, value)),
      );
      const overwriting = { key: ["workspaceId", "versionId", "key"], overwrite: ["value", "number", "text"] };
      const size = ({ value }: { readonly value: Buffer }) => 512 + value.length;
      await sendAll(trx, dialect, [
        ...[...portions([...before, ...added], size)].flatMap((some) =>
          dialect.bulk.insert({ name: table, columns }, some as unknown as readonly BulkRow[]),
        ),
        ...[...portions(newest, size)].flatMap((some) =>
          dialect.bulk.insert({ name: latest, columns: metadataColumns }, some, overwriting),
        ),
      ]);
      const kept = trx.selectFrom(latest).where("workspaceId", "=", workspaceId).where("versionId", "in", logged.versions);
      const crowded = kept
        .groupBy("versionId")
        .select("versionId")
        .having((row) => row.fn.countAll(), ">", mostKeys);
      if (await crowded.limit(1).executeTakeFirst()) throw fieldInvalid("values", `would make more than ${mostKeys} keys of one ${type}`);
      return true;
    },

    /** All values of a version, the newest first; of one of which nothing was logged, what it was created with. */
    async list(
      db: Db,
      { workspaceId, id, ownerId, createTime }: Version & { readonly workspaceId: Id },
      { pageSize, pageToken }: ListRequest,
      context: ListContext,
    ): Promise<Page<Pick<MetadataEntryTable, "key" | "value" | "time" | "ownerId"> & Origin>> {
      const request = { pageSize, pageToken };
      const fixed = ["workspaceId", "versionId"];
      const all = entries(db, workspaceId, [id]);
      if (await all.select("id").limit(1).executeTakeFirst()) {
        const fields = { id: { kind: "id", column: "id", sortable: true } } as const;
        return list(all.selectAll() as never, { table, fixed, key: "id", defaultOrder: "id desc", fields }, request, context);
      }
      const created = db.selectFrom(latest).selectAll().where("workspaceId", "=", workspaceId).where("versionId", "=", id);
      const fields = { key: { kind: "text", column: "key", sortable: true } } as const;
      const listing = { table: latest, fixed, key: "key", defaultOrder: "key", fields };
      const { rows, ...page } = await list(created as never, listing, request, { ...context, bound: [...context.bound, "created"] });
      return { ...page, rows: (rows as MetadataTable[]).map(({ key, value }) => ({ key, value, ownerId, time: createTime, ...nobody })) };
    },

    async drop(trx: Db, workspaceId: Id, ids: readonly Id[] | Expression<{ id: Id }>): Promise<void> {
      await trx.deleteFrom(table).where("workspaceId", "=", workspaceId).where("versionId", "in", ids).execute();
    },
  };
}

const nobody = { runId: noId, step: "", componentId: noId };
export const readValue = (bytes: Buffer): Value => fromBinary(ValueSchema, bytes);
