import { TagColorSchema } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { type Change, changeRow, deleteRow, findRow, readRow, type Which } from "@signalbox/runtime/resource/change.ts";
import { type ListQuery, resourceFields } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";
import type { TagRow } from "./tables.ts";

type Db = Kysely<RegistryTables>;
const which = (workspaceId: Id, id: Id): Which<"registry_tag"> => ({ table: "registry_tag", type: "tag", workspaceId, id });

const listing = (principals: Pick<Policy, "facts">): Listing => ({
  table: "registry_tag",
  fixed: ["workspaceId"],
  key: "registry_tag.id",
  defaultOrder: "create_time desc",
  fields: {
    ...resourceFields("registry_tag", principals),
    name: { kind: "text", column: "registry_tag.name", sortable: true },
    description: { kind: "text", column: "registry_tag.description" },
    color: { kind: "enum", column: "registry_tag.color", enum: TagColorSchema },
    exclusive: { kind: "flag", column: "registry_tag.exclusive" },
  },
});

export function tagStore({ db, dialect }: Pick<Database<RegistryTables>, "db" | "dialect">, principals: Pick<Policy, "facts">) {
  const all = (from: Db, workspaceId: Id) => from.selectFrom("registry_tag").selectAll().where("workspaceId", "=", workspaceId);

  return {
    add: async (trx: Db, row: TagRow): Promise<void> => void (await trx.insertInto("registry_tag").values(row).execute()),

    /** Adds those of these tags whose names are free. In order, so that two who do so do not wait for each other in a circle. */
    async addFree(trx: Db, rows: readonly TagRow[]): Promise<void> {
      const sorted = rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      await dialect.onConflict(trx.insertInto("registry_tag").values(sorted), ["workspaceId", "name"], []).execute();
    },

    find: (workspaceId: Id, id: Id) => findRow(db, which(workspaceId, id)),

    get: (workspaceId: Id, id: Id) => readRow(db, which(workspaceId, id)),

    some: async (workspaceId: Id, ids: readonly Id[]): Promise<TagRow[]> =>
      ids.length === 0 ? [] : all(db, workspaceId).where("id", "in", ids).execute(),

    named: async (workspaceId: Id, names: readonly string[], from: Db = db): Promise<TagRow[]> =>
      names.length === 0 ? [] : all(from, workspaceId).where("name", "in", names).execute(),

    list: ({ workspaceId, visible, request, context }: ListQuery): Promise<Page<TagRow>> =>
      list(all(db, workspaceId).where(visibleWhere(visible, { owner: "registry_tag.ownerId" })), listing(principals), request, context),

    change: (trx: Db, workspaceId: Id, id: Id, change: Change<TagRow>) => changeRow(trx, which(workspaceId, id), change),

    remove: (trx: Db, workspaceId: Id, id: Id, etag: string): Promise<TagRow> => deleteRow(trx, which(workspaceId, id), etag),
  };
}

export type TagStore = ReturnType<typeof tagStore>;
