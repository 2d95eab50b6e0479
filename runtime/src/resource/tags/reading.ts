import { type Id, isUuid, toId } from "../../ids.ts";
import type { Dialect } from "../../store/dialect/dialect.ts";
import type { ListField, Place } from "../../store/listing.ts";
import { side } from "../../store/side.ts";
import { there } from "../../store/there.ts";
import type { ListQuery } from "../lists.ts";
import { type KnownTagTable, type TaggingTable, tagTables } from "./tables.ts";
import type { Db, Taggable } from "./taggable.ts";

/** What a list of resources is bounded by, as far as it is asked for those with a tag. */
type Bounded = Pick<ListQuery, "workspaceId" | "projectId">;

/** A tag that a resource has, and since when. */
export type Given = Pick<KnownTagTable, "name"> & Pick<TaggingTable, "tagId" | "createTime">;

/** Reads the tags of the resources of a kind: as registry names them now, but for a moment. */
export function tagReading({ service, kind, table: resources }: Taggable) {
  const tables = tagTables(service);
  const [names, table] = [tables.names.name, tables.taggings.name];

  /** The tags of each of these in the order of their names, by the id in hexadecimal; nothing for those without. */
  async function given(db: Db, workspaceId: Id, ids: readonly Id[]): Promise<Map<string, readonly Given[]>> {
    if (ids.length === 0) return new Map();
    const rows = (await db
      .selectFrom(table)
      .innerJoin(names, (join) =>
        join.onRef(`${names}.workspaceId`, "=", `${table}.workspaceId`).onRef(`${names}.id`, "=", `${table}.tagId`),
      )
      .select([`${table}.resourceId`, `${table}.tagId`, `${table}.createTime`, `${names}.name`])
      .where(`${table}.workspaceId`, "=", workspaceId)
      .where(`${table}.kind`, "=", kind)
      .where(`${table}.resourceId`, "in", ids)
      .where(`${names}.goneTime`, "=", 0)
      .execute()) as (Given & { readonly resourceId: Id })[];
    const byId = Map.groupBy(rows, ({ resourceId }) => resourceId.toString("hex"));
    // Sorted here: the order of text is the same on every engine then.
    return new Map([...byId].map(([id, own]) => [id, own.toSorted((a, b) => (a.name < b.name ? -1 : 1))]));
  }

  /** Their names alone. */
  async function of(db: Db, workspaceId: Id, ids: readonly Id[]): Promise<Map<string, readonly string[]>> {
    return new Map([...(await given(db, workspaceId, ids))].map(([id, own]) => [id, own.map(({ name }) => name)]));
  }

  /** The tags that are called so, or have that id: hardly ever more than one. */
  async function called(db: Db, workspaceId: Id, references: readonly string[]): Promise<Id[]> {
    const ids = references.filter(isUuid).map(toId);
    const words = references.filter((each) => !isUuid(each));
    if (words.length === 0) return ids;
    const query = db.selectFrom(names).select("id").where("workspaceId", "=", workspaceId).where("name", "in", words);
    return [...ids, ...((await query.where("goneTime", "=", 0).execute()) as { readonly id: Id }[]).map(({ id }) => id)];
  }

  return {
    given,
    of,
    called,

    /** These rows, each with its tags. */
    async tagged<R extends { readonly id: Id }>(db: Db, workspaceId: Id, rows: readonly R[]) {
      const ids = rows.map(({ id }) => id);
      const tags = await of(db, workspaceId, ids);
      return rows.map((row): R & { readonly tags: readonly string[] } => ({ ...row, tags: tags.get(row.id.toString("hex")) ?? [] }));
    },

    /** Asks for tags in a filter: `tags:nightly`, `NOT tags:*`. An index has those with a tag in the order of their creation. */
    field(db: Db, dialect: Pick<Dialect, "readBy" | "rowRanges">, { workspaceId, projectId }: Bounded): ListField {
      const all = () => db.selectFrom(table).where("workspaceId", "=", workspaceId).where("kind", "=", kind);
      const here = () => (projectId ? all().where("projectId", "=", projectId) : all());
      const holders = async (name: string) => {
        const [only, ...more] = await called(db, workspaceId, [name]);
        return only && (more.length === 0 ? here().where("tagId", "=", only) : here().where("tagId", "in", [only, ...more]));
      };
      return {
        kind: "member",
        has: (row, { name }) => {
          const tags = row
            .selectFrom(table)
            .innerJoin(names, (join) =>
              join.onRef(`${names}.workspaceId`, "=", `${table}.workspaceId`).onRef(`${names}.id`, "=", `${table}.tagId`),
            )
            .select(`${table}.tagId`)
            .where(`${table}.workspaceId`, "=", workspaceId)
            .where(`${table}.kind`, "=", kind)
            .whereRef(`${table}.resourceId`, "=", `${resources}.id`)
            .where(`${names}.goneTime`, "=", 0);
          const such = isUuid(name ?? "")
            ? tags.where(`${table}.tagId`, "=", toId(name ?? ""))
            : name
              ? tags.where(`${names}.name`, "=", name)
              : tags;
          return there(such);
        },
        async having({ name }, most) {
          const some = name === undefined ? here().distinct() : await holders(name);
          if (!some) return [];
          const rows = await some
            .select("resourceId as id")
            .limit(most + 1)
            .execute();
          return (rows as { readonly id: Id }[]).map(({ id }) => id);
        },
        async walk(name, along) {
          const some = await holders(name);
          if (!some) return [];
          const order = ["resourceTime", "resourceId"].map((column) => ({ column, descending: along.descending }));
          const after = along.from ? some.where(side(dialect, order, along.from, "after") as never) : some;
          const direction = along.descending ? "desc" : "asc";
          const sorted = after.select(["resourceTime as time", "resourceId as id"]).orderBy("resourceTime", direction);
          const index = `${table}_newest${projectId ? "_in" : ""}`;
          return (await dialect.readBy(sorted.orderBy("resourceId", direction), index).limit(along.most).execute()) as unknown as Place[];
        },
      };
    },
  };
}
