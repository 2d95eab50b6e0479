import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { type ListContext, type ListRequest, list, type Page } from "@signalbox/runtime/store/page.ts";
import type { Kysely } from "kysely";
import type { OrganizationTable, OrgTables } from "../tables.ts";

const listing: Listing = {
  table: "org_organization",
  fixed: [],
  key: "id",
  defaultOrder: "create_time desc",
  fields: {
    id: { kind: "id", column: "id" },
    name: { kind: "text", column: "name", sortable: true },
    display_name: { kind: "text", column: "displayName" },
    create_time: { kind: "time", column: "createTime", sortable: true },
    update_time: { kind: "time", column: "updateTime" },
  },
};

export function organizationStore(db: Kysely<OrgTables>) {
  const organizations = () => db.selectFrom("org_organization").selectAll();
  return {
    /** Fails with the driver's error where the id or the name is taken. */
    async add(row: OrganizationTable): Promise<void> {
      await db.insertInto("org_organization").values(row).execute();
    },

    /** By id or name. */
    find: (reference: string): Promise<OrganizationTable | undefined> =>
      isUuid(reference)
        ? organizations().where("id", "=", toId(reference)).executeTakeFirst()
        : organizations().where("name", "=", reference).executeTakeFirst(),

    /** Fails with NOT_FOUND. */
    async get(id: Id): Promise<OrganizationTable> {
      const row = await organizations().where("id", "=", id).executeTakeFirst();
      if (!row) throw notFound("organization", toUuid(id));
      return row;
    },

    /** Those that a principal is a member of. */
    async joined(principalId: Id): Promise<Id[]> {
      const members = db.selectFrom("org_member").select("organizationId");
      const rows = await members.where("principalId", "=", principalId).where("removedTime", "=", 0).execute();
      return rows.map(({ organizationId }) => organizationId);
    },

    /** Those of these ids, in pages; undefined stands for all there are. */
    list(ids: readonly Id[] | undefined, request: ListRequest, context: ListContext): Promise<Page<OrganizationTable>> {
      const query = ids ? organizations().where("id", "in", [...ids]) : organizations();
      return list(query, listing, request, context);
    },
  };
}
