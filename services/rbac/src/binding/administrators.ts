import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, noId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Kysely } from "kysely";
import type { BindingTable, RbacTables } from "../tables.ts";

/** The role that somebody has to have in every organization. */
const administrator = "organization-admin";

export const isAdministrators = ({ role, workspaceId }: Pick<BindingTable, "role" | "workspaceId">): boolean =>
  role === administrator && workspaceId.equals(noId);

/**
 * Makes everybody who takes an administrator away from an organization wait for
 * each other until the end of their transactions: all of them write this row,
 * and what follows in the transaction sees what the one before has done.
 */
export async function guardAdministrators(trx: Kysely<RbacTables>, dialect: Dialect, organizationId: Id): Promise<void> {
  await dialect.onConflict(trx.insertInto("rbac_guard").values({ organizationId, revision: 0 }), ["organizationId"], []).execute();
  await trx
    .updateTable("rbac_guard")
    .set((row) => ({ revision: row("revision", "+", 1) }))
    .where("organizationId", "=", organizationId)
    .execute();
}

/** How many active administrators an organization has, as of now. */
export async function countAdministrators(trx: Kysely<RbacTables>, organizationId: Id): Promise<number> {
  const rows = await trx
    .selectFrom("rbac_binding")
    .innerJoin("rbac_principal", "rbac_principal.id", "rbac_binding.principalId")
    .select("rbac_binding.id")
    .where("rbac_binding.organizationId", "=", organizationId)
    .where("rbac_binding.workspaceId", "=", noId)
    .where("rbac_binding.role", "=", administrator)
    .where("rbac_principal.active", "=", 1)
    .limit(2)
    .execute();
  return rows.length;
}

export const lastAdministrator = (organizationId: Id): SignalboxError =>
  new SignalboxError(Reason.PROTECTED, "an organization keeps at least one active administrator", {
    metadata: { type: "organization", id: toUuid(organizationId) },
  });
