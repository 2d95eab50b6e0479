import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { type ListContext, type ListRequest, list, type Page } from "@signalbox/runtime/store/page.ts";
import type { Kysely } from "kysely";
import type { Enterable } from "../access.ts";
import type { OrgTables, WorkspaceTable } from "../tables.ts";

const listing = (fixed: Listing["fixed"]): Listing => ({
  table: "org_workspace",
  fixed,
  key: "id",
  defaultOrder: "create_time desc",
  fields: {
    id: { kind: "id", column: "id" },
    name: { kind: "text", column: "name", sortable: true },
    display_name: { kind: "text", column: "displayName" },
    organization: { kind: "id", column: "organizationId" },
    owner: { kind: "id", column: "ownerId" },
    create_time: { kind: "time", column: "createTime", sortable: true },
    update_time: { kind: "time", column: "updateTime" },
  },
});

export function workspaceStore(db: Kysely<OrgTables>) {
  const workspaces = () => db.selectFrom("org_workspace").selectAll();
  return {
    /** Fails with the driver's error where the id or the name is taken. */
    async add(row: WorkspaceTable): Promise<void> {
      await db.insertInto("org_workspace").values(row).execute();
    },

    /** By id or name. */
    find: (reference: string): Promise<WorkspaceTable | undefined> =>
      isUuid(reference)
        ? workspaces().where("id", "=", toId(reference)).executeTakeFirst()
        : workspaces().where("name", "=", reference).executeTakeFirst(),

    /** Fails with NOT_FOUND. */
    async get(id: Id): Promise<WorkspaceTable> {
      const row = await workspaces().where("id", "=", id).executeTakeFirst();
      if (!row) throw notFound("workspace", toUuid(id));
      return row;
    },

    /** Those that may be entered (undefined stands for all there are), of one organization or of all, in pages. */
    list(
      within: Enterable | undefined,
      organizationId: Id | undefined,
      request: ListRequest,
      context: ListContext,
    ): Promise<Page<WorkspaceTable>> {
      let query = workspaces();
      if (organizationId) query = query.where("organizationId", "=", organizationId);
      if (within) {
        query = query.where((row) =>
          row.or([row("organizationId", "in", [...within.organizations]), row("id", "in", [...within.workspaces])]),
        );
      }
      return list(query, listing(organizationId ? ["organizationId"] : []), request, context);
    },
  };
}
