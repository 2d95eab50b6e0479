import { PrincipalState, PrincipalStateSchema } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { type ListContext, type ListRequest, list, type Page } from "@signalbox/runtime/store/page.ts";
import type { Kysely, Transaction } from "kysely";
import type { IdentityTables, ServiceAccountRow } from "../tables.ts";

/** What may change of a service account; the revision goes with it. */
export type ServiceAccountChange = Pick<ServiceAccountRow, "state" | "updateTime">;

const listing: Listing = {
  table: "identity_service_account",
  fixed: ["organizationId"],
  // Those that were deleted.
  picks: true,
  key: "id",
  defaultOrder: "create_time desc",
  fields: {
    id: { kind: "id", column: "id" },
    name: { kind: "text", column: "name", sortable: true },
    display_name: { kind: "text", column: "displayName", sortable: true },
    description: { kind: "text", column: "description" },
    state: { kind: "enum", column: "state", enum: PrincipalStateSchema },
    create_time: { kind: "time", column: "createTime", sortable: true },
    update_time: { kind: "time", column: "updateTime", sortable: true },
  },
};

export type ServiceAccountStore = ReturnType<typeof serviceAccountStore>;

export function serviceAccountStore({ db }: Pick<Database<IdentityTables>, "db">) {
  const byId = (id: Id, trx: Kysely<IdentityTables> = db) =>
    trx.selectFrom("identity_service_account").selectAll().where("id", "=", id).executeTakeFirst();

  return {
    byId,

    /** Fails with NOT_FOUND. */
    async get(id: Id, trx: Kysely<IdentityTables> = db): Promise<ServiceAccountRow> {
      const row = await byId(id, trx);
      if (!row || row.state === PrincipalState.DELETED) throw notFound("service_account", toUuid(id));
      return row;
    },

    async insert(trx: Transaction<IdentityTables>, row: ServiceAccountRow): Promise<void> {
      await trx.insertInto("identity_service_account").values(row).execute();
    },

    /** Changes a service account, if it is in a state. False if it is not, or is not there. */
    async change(
      trx: Transaction<IdentityTables>,
      id: Id,
      change: ServiceAccountChange,
      only: Pick<ServiceAccountRow, "state">,
    ): Promise<boolean> {
      const { numUpdatedRows } = await trx
        .updateTable("identity_service_account")
        .set((row) => ({ ...change, revision: row("revision", "+", 1) }))
        .where("id", "=", id)
        .where((row) => row.and(only))
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    list(organization: Id, request: ListRequest, context: ListContext): Promise<Page<ServiceAccountRow>> {
      const all = db.selectFrom("identity_service_account").selectAll();
      const there = all.where("organizationId", "=", organization).where("state", "!=", PrincipalState.DELETED);
      return list(there, listing, request, context);
    },
  };
}
