import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import { principalField } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { type ListContext, type ListRequest, list, type Page } from "@signalbox/runtime/store/page.ts";
import type { Kysely } from "kysely";
import type { Context } from "../context.ts";
import type { CredentialsTables, IssueRow } from "../tables.ts";

type Db = Kysely<CredentialsTables>;

const listing = (policy: Context["policy"]): Listing => ({
  table: "credentials_issue",
  fixed: ["workspaceId", "connectorId"],
  key: "credentials_issue.id",
  defaultOrder: "issue_time desc",
  fields: {
    id: { kind: "id", column: "credentials_issue.id" },
    resource: { kind: "text", column: "credentials_issue.resource" },
    principal: principalField("credentials_issue.principalId", policy),
    run: { kind: "id", column: "credentials_issue.runId" },
    issue_time: { kind: "time", column: "credentials_issue.issueTime", sortable: true },
    expire_time: { kind: "time", column: "credentials_issue.expireTime", sortable: true },
    revoked: { kind: "flag", column: "credentials_issue.revoked" },
  },
});

export function leaseStore({ db }: Pick<Database<CredentialsTables>, "db">, policy: Context["policy"]) {
  return {
    async list(workspaceId: Id, connectorId: Id, request: ListRequest, context: ListContext): Promise<Page<IssueRow>> {
      const query = db
        .selectFrom("credentials_issue")
        .selectAll()
        .where("credentials_issue.workspaceId", "=", workspaceId)
        .where("credentials_issue.connectorId", "=", connectorId);
      return list(query, listing(policy), request, context);
    },

    /** A lease of a connector. Fails with NOT_FOUND. */
    async get(workspaceId: Id, connectorId: Id, id: Id): Promise<IssueRow> {
      const query = db.selectFrom("credentials_issue").selectAll().where("workspaceId", "=", workspaceId).where("id", "=", id);
      const row = await query.where("connectorId", "=", connectorId).executeTakeFirst();
      if (!row) throw notFound("lease", toUuid(id));
      return row;
    },

    /** Marks all leases of one credential. */
    async revoke(trx: Db, { workspaceId, mintId }: Pick<IssueRow, "workspaceId" | "mintId">): Promise<void> {
      const update = trx.updateTable("credentials_issue").set({ revoked: 1 }).where("workspaceId", "=", workspaceId);
      await update.where("mintId", "=", mintId).where("revoked", "=", 0).execute();
    },
  };
}
