import type { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import { type Expression, type Kysely, sql } from "kysely";
import type { Micros } from "../../clock.ts";
import { fieldInvalid } from "../../errors.ts";
import { type Id, keyIn } from "../../ids.ts";
import type { BulkRow } from "../../store/dialect/bulk.ts";
import type { Dialect } from "../../store/dialect/dialect.ts";
import { sendAll } from "../../store/send-all.ts";
import { type KnownTag, tagNames } from "./known.ts";
import { type TaggingTable, tagTables } from "./tables.ts";
import { touchTags } from "./touch.ts";

// biome-ignore lint/suspicious/noExplicitAny: any service's database, whatever else it holds
export type Db = Kysely<any>;

/** A kind of resource that tags are attached to. */
export interface Taggable {
  readonly service: string;
  readonly kind: ResourceKind;
  /** As errors and permissions name it: "artifact_version". */
  readonly type: string;
  /** Of the resources: with workspaceId, id, projectId, ownerId and createTime. */
  readonly table: string;
  /** The column of what bounds exclusive tags, such as the pipeline of a run; without one it cannot have any. */
  readonly scope?: string;
}

/** The row of a resource, as far as tags go. */
export interface Holder {
  readonly workspaceId: Id;
  readonly id: Id;
  readonly projectId: Id;
  readonly createTime: Micros;
}

/** Who gets which tags. */
export interface Attaching {
  readonly holder: Holder;
  readonly tags: readonly KnownTag[];
}

/** Fails with FIELD_INVALID where one of these tags is exclusive, and resources of the kind can have none of those. */
export function checkExclusive({ scope, type }: Taggable, tags: readonly KnownTag[], field: string): void {
  const refused = scope === undefined ? tags.find(({ exclusive }) => exclusive) : undefined;
  if (refused)
    throw fieldInvalid(field, `"${refused.name}" is exclusive, and ${type.replaceAll("_", " ")}s have no scope to be the only one in`);
}

/** Writes and drops the tags of the resources of a kind. */
export function taggings(taggable: Taggable) {
  const { service, kind, scope } = taggable;
  const { taggings: bulk } = tagTables(service);
  const table = bulk.name;
  const of = (db: Db, workspaceId: Id) => db.deleteFrom(table).where("workspaceId", "=", workspaceId).where("kind", "=", kind);
  const keyOf = ({ workspaceId, id }: Pick<KnownTag, "workspaceId" | "id">) => keyIn(workspaceId, id);
  const scopeOf = (holder: Holder): Id => (scope === undefined ? holder.id : ((holder as unknown as Record<string, Id>)[scope] as Id));

  async function find(db: Db, workspaceId: Id, ids: readonly Id[]): Promise<(Holder & { readonly ownerId: Id })[]> {
    const columns = ["workspaceId", "id", "projectId", "ownerId", "createTime", ...(scope === undefined ? [] : [scope])];
    const query = db.selectFrom(taggable.table).select(columns).where("workspaceId", "=", workspaceId);
    return (await query.where("id", "in", ids).execute()) as unknown as (Holder & { ownerId: Id })[];
  }

  /** They are looked for first and deleted by their key: an engine that searches while it deletes waits for rows that are none of these. */
  async function takeFromOthers(trx: Db, at: Pick<TaggingTable, "workspaceId" | "tagId" | "scopeId" | "resourceId">): Promise<void> {
    const { workspaceId, tagId, scopeId, resourceId } = at;
    const all = trx.selectFrom(table).select("resourceId").where("workspaceId", "=", workspaceId).where("kind", "=", kind);
    const others = all.where("tagId", "=", tagId).where("scopeId", "=", scopeId).where("resourceId", "!=", resourceId);
    const ids = ((await others.execute()) as Pick<TaggingTable, "resourceId">[]).map((row) => row.resourceId);
    if (ids.length > 0) await of(trx, workspaceId).where("resourceId", "in", ids).where("tagId", "=", tagId).execute();
  }

  const touch = (trx: Db, workspaceId: Id, tags: readonly Id[]) => touchTags(trx, service, workspaceId, tags);

  return {
    /** Those of some resources that there are. */
    find,

    /**
     * Gives resources tags, in a transaction. Who gets an exclusive one takes it from who has it in
     * the same scope; of several the last. What is attached already stays as it is.
     */
    async attach(trx: Db, dialect: Dialect, all: readonly Attaching[], now: Micros): Promise<void> {
      const names = tagNames(service, dialect);
      const distinct = new Map(all.flatMap(({ tags }) => tags).map((tag) => [keyOf(tag), tag]));
      // In order, so that two who attach the same exclusive ones do not wait for each other in a circle.
      const tags = [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, tag]) => tag);
      if (tags.length === 0) return;
      await names.keep(trx, tags);
      const exclusive = new Set<string>();
      for (const tag of tags) if (tag.exclusive && (await names.hold(trx, tag))) exclusive.add(keyOf(tag));
      const rows = new Map<string, TaggingTable>();
      for (const { holder, tags } of all) {
        const { workspaceId, id: resourceId, projectId, createTime: resourceTime } = holder;
        for (const tag of tags) {
          const alone = exclusive.has(keyOf(tag));
          const row = { workspaceId, kind, resourceId, tagId: tag.id, projectId, scopeId: scopeOf(holder), resourceTime, createTime: now };
          rows.set(keyOf(tag) + keyIn(workspaceId, alone ? row.scopeId : resourceId), row);
        }
      }
      for (const row of rows.values()) {
        if (exclusive.has(keyOf({ workspaceId: row.workspaceId, id: row.tagId }))) await takeFromOthers(trx, row);
      }
      const key = ["workspaceId", "kind", "resourceId", "tagId"];
      const sorted = [...rows.values()].sort((a, b) => a.resourceId.compare(b.resourceId) || a.tagId.compare(b.tagId));
      await sendAll(trx, dialect, dialect.bulk.insert(bulk, sorted as unknown as readonly BulkRow[], { key, overwrite: [] }));
      for (const own of Map.groupBy(sorted, ({ workspaceId }) => workspaceId.toString("hex")).values()) {
        await touch(
          trx,
          (own[0] as TaggingTable).workspaceId,
          own.map(({ tagId }) => tagId),
        );
      }
    },

    async detach(trx: Db, workspaceId: Id, resources: readonly Id[], tags: readonly Id[]): Promise<void> {
      if (tags.length === 0) return;
      await of(trx, workspaceId).where("resourceId", "in", resources).where("tagId", "in", tags).execute();
      await touch(trx, workspaceId, tags);
    },

    /** Drops the tags of resources that go. */
    async drop(trx: Db, workspaceId: Id, resources: readonly Id[] | Expression<{ id: Id }>): Promise<void> {
      const own = trx.selectFrom(table).select("tagId").distinct().where("workspaceId", "=", workspaceId).where("kind", "=", kind);
      const tags = (await own.where("resourceId", "in", resources).execute()) as Pick<TaggingTable, "tagId">[];
      if (tags.length === 0) return;
      await of(trx, workspaceId).where("resourceId", "in", resources).execute();
      await touch(
        trx,
        workspaceId,
        tags.map(({ tagId }) => tagId),
      );
    },

    /** The same, held until the transaction ends: none of them goes before its tags are there. */
    async holders(trx: Db, workspaceId: Id, ids: readonly Id[]): Promise<(Holder & { readonly ownerId: Id })[]> {
      const own = trx.updateTable(taggable.table).set({ ownerId: sql.ref("owner_id") });
      await own.where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
      return find(trx, workspaceId, ids);
    },
  };
}
