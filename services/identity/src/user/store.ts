import { PrincipalState, PrincipalStateSchema } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { type ListContext, type ListRequest, list, type Page } from "@signalbox/runtime/store/page.ts";
import type { Kysely, Transaction } from "kysely";
import { idOf } from "../principal/store.ts";
import type { IdentityTables, UserRow } from "../tables.ts";

export type Trx = Transaction<IdentityTables>;

/** What may change of a user; the revision goes with it. */
export type UserChange = Partial<Pick<UserRow, "state" | "mustChangePassword" | "passwordChangeTime">> & Pick<UserRow, "updateTime">;

const listing: Listing = {
  table: "identity_user",
  fixed: ["organizationId"],
  // Those that were deleted.
  picks: true,
  key: "id",
  defaultOrder: "create_time desc",
  fields: {
    id: { kind: "id", column: "id" },
    user_name: { kind: "text", column: "userName", sortable: true },
    display_name: { kind: "text", column: "displayName", sortable: true },
    email: { kind: "text", column: "email", sortable: true },
    state: { kind: "enum", column: "state", enum: PrincipalStateSchema },
    must_change_password: { kind: "flag", column: "mustChangePassword" },
    create_time: { kind: "time", column: "createTime", sortable: true },
    update_time: { kind: "time", column: "updateTime", sortable: true },
  },
};

export const userKey = (userName: string): string => userName.toLowerCase();

export type UserStore = ReturnType<typeof userStore>;

export function userStore({ db }: Pick<Database<IdentityTables>, "db">) {
  const byId = (id: Id, trx: Kysely<IdentityTables> = db) =>
    trx.selectFrom("identity_user").selectAll().where("id", "=", id).executeTakeFirst();
  const byName = (userName: string) =>
    db.selectFrom("identity_user").selectAll().where("userKey", "=", userKey(userName)).executeTakeFirst();

  return {
    byId,
    byName,

    /** Fails with NOT_FOUND. */
    async get(id: Id, trx: Kysely<IdentityTables> = db): Promise<UserRow> {
      const row = await byId(id, trx);
      if (!row || row.state === PrincipalState.DELETED) throw notFound("user", toUuid(id));
      return row;
    },

    /** By id or user name. A user name is never taken for an id: those that look like one are refused. */
    async byReference(reference: string): Promise<UserRow | undefined> {
      const id = idOf(reference);
      const row = await (id ? byId(id) : byName(reference));
      return row?.state === PrincipalState.DELETED ? undefined : row;
    },

    async insert(trx: Trx, row: UserRow): Promise<void> {
      await trx.insertInto("identity_user").values(row).execute();
    },

    /** Changes a user, if they are in a state. False if they are not, or are not there. */
    async change(trx: Trx, id: Id, change: UserChange, only: Partial<Pick<UserRow, "state">> = {}): Promise<boolean> {
      const { numUpdatedRows } = await trx
        .updateTable("identity_user")
        .set((row) => ({ ...change, revision: row("revision", "+", 1) }))
        .where("id", "=", id)
        .where((row) => row.and(only))
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /** Holds an active user as they are until the transaction ends. False if they are not active. */
    async hold(trx: Trx, id: Id): Promise<boolean> {
      const { numUpdatedRows } = await trx
        .updateTable("identity_user")
        .set({ state: PrincipalState.ACTIVE })
        .where("id", "=", id)
        .where("state", "=", PrincipalState.ACTIVE)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    list(organization: Id, request: ListRequest, context: ListContext): Promise<Page<UserRow>> {
      const all = db.selectFrom("identity_user").selectAll().where("organizationId", "=", organization);
      return list(all.where("state", "!=", PrincipalState.DELETED), listing, request, context);
    },
  };
}
