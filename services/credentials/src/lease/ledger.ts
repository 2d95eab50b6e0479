import type { Database } from "@signalbox/runtime/store/database.ts";
import type { BulkRow, BulkTable, ColumnKind } from "@signalbox/runtime/store/dialect/bulk.ts";
import { type GroupCommit, groupCommit } from "@signalbox/runtime/store/group-commit.ts";
import type { NewEvent, Outbox } from "@signalbox/runtime/store/outbox.ts";
import { sendAll } from "@signalbox/runtime/store/send-all.ts";
import type { Kysely } from "kysely";
import type { CredentialsTables, IssueRow } from "../tables.ts";

/** A lease to be written, with the audit event of the call that asked for it. */
export interface Entry {
  readonly lease: IssueRow;
  readonly event: NewEvent;
}

const issues: BulkTable = {
  name: "credentials_issue",
  columns: {
    ...{ workspaceId: "id", id: "id", connectorId: "id", mintId: "id", cacheKey: "hash", resource: "name" },
    ...{ principalId: "id", runId: "id", issueTime: "time", expireTime: "time", revoked: "flag" },
  } satisfies { readonly [K in keyof IssueRow]: ColumnKind },
};

/** Answers whether it was written: it is not where the credential was revoked, which must then not be handed out. */
export type Ledger = GroupCommit<Entry, boolean>;

/**
 * Writes leases, those of simultaneous calls together: serving a credential
 * from the cache costs a share of a commit.
 */
export function ledger({ transact, dialect }: Database<CredentialsTables>, outbox: Outbox): Ledger {
  return groupCommit({
    commit: async (batch: readonly Entry[]) => {
      const written = await transact(async (trx) => {
        const revoked = await revokedOf(trx, batch);
        const good = batch.filter(({ lease }) => !revoked.has(lease.mintId.toString("hex")));
        const leases = good.map(({ lease }): BulkRow => ({ ...lease }));
        const events = good.map(({ event }) => event);
        await sendAll(trx, dialect, [...dialect.bulk.insert(issues, leases), ...outbox.appending(events)]);
        return new Set(good);
      });
      if (written.size > 0) outbox.committed();
      return batch.map((entry) => written.has(entry));
    },
  });
}

/** Those of the credentials that were revoked, by the mint's id in hexadecimal. */
async function revokedOf(trx: Kysely<CredentialsTables>, batch: readonly Entry[]): Promise<Set<string>> {
  const distinct = (ids: readonly Buffer[]) => [...new Map(ids.map((id) => [id.toString("hex"), id])).values()];
  const rows = await trx
    .selectFrom("credentials_issue")
    .select("mintId")
    .distinct()
    .where("workspaceId", "in", distinct(batch.map(({ lease }) => lease.workspaceId)))
    .where("mintId", "in", distinct(batch.map(({ lease }) => lease.mintId)))
    .where("revoked", "=", 1)
    .execute();
  return new Set(rows.map(({ mintId }) => mintId.toString("hex")));
}
