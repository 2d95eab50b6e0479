import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { type ListContext, type ListRequest, list, type Page } from "@signalbox/runtime/store/page.ts";
import type { Kysely } from "kysely";
import type { MemberTable, OrgTables } from "../tables.ts";

const listing: Listing = {
  table: "org_member",
  fixed: ["organizationId"],
  key: "principalId",
  defaultOrder: "create_time desc",
  fields: {
    principal: { kind: "id", column: "principalId" },
    create_time: { kind: "time", column: "createTime", sortable: true },
  },
};

export function memberStore(db: Kysely<OrgTables>, dialect: Dialect) {
  const rows = (organizationId: Id) => db.selectFrom("org_member").selectAll().where("organizationId", "=", organizationId);
  return {
    /** The member; undefined for one who is not, or not any more. */
    get: (organizationId: Id, principalId: Id): Promise<MemberTable | undefined> =>
      rows(organizationId).where("principalId", "=", principalId).where("removedTime", "=", 0).executeTakeFirst(),

    /** Makes a principal a member, unless it is one. */
    async join(organizationId: Id, principalId: Id, now: Micros): Promise<void> {
      const row: MemberTable = { organizationId, principalId, createTime: now, removedTime: 0 };
      await dialect.onConflict(db.insertInto("org_member").values(row), ["organizationId", "principalId"], []).execute();
      await db
        .updateTable("org_member")
        .set({ createTime: now, removedTime: 0 })
        .where("organizationId", "=", organizationId)
        .where("principalId", "=", principalId)
        .where("removedTime", ">", 0)
        .execute();
    },

    /** Ends a membership, and notes that it has ended where there was none. */
    async leave(organizationId: Id, principalId: Id, now: Micros): Promise<void> {
      const row: MemberTable = { organizationId, principalId, createTime: now, removedTime: now };
      const insert = db.insertInto("org_member").values(row);
      await dialect.onConflict(insert, ["organizationId", "principalId"], ["removedTime"]).execute();
    },

    /**
     * Makes those who leave an organization wait for each other until the end of their
     * transactions: all of them write this row, and what follows sees who left before.
     */
    async guardDepartures(organizationId: Id): Promise<void> {
      await db
        .updateTable("org_organization")
        .set((row) => ({ departures: row("departures", "+", 1) }))
        .where("id", "=", organizationId)
        .execute();
    },

    /** Those of some principals who left after a time. */
    async leftSince(organizationId: Id, principals: readonly Id[], since: Micros): Promise<Id[]> {
      const left = await rows(organizationId)
        .where("principalId", "in", [...principals])
        .where("removedTime", ">", since)
        .execute();
      return left.map(({ principalId }) => principalId);
    },

    list(organizationId: Id, request: ListRequest, context: ListContext): Promise<Page<MemberTable>> {
      return list(rows(organizationId).where("removedTime", "=", 0), listing, request, context);
    },
  };
}
