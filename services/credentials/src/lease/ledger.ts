import type { Id } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { BulkRow, BulkTable, ColumnsOf } from "@signalbox/runtime/store/dialect/bulk.ts";
import { type GroupCommit, groupCommit } from "@signalbox/runtime/store/group-commit.ts";
import type { NewEvent, Outbox } from "@signalbox/runtime/store/outbox.ts";
import { sendAll } from "@signalbox/runtime/store/send-all.ts";
import { CompiledQuery, type Kysely, sql } from "kysely";
import type { ConnectorRow, CredentialsTables, IssueRow } from "../tables.ts";

/** A lease to be written, with the audit event of the call that asked for it. */
export interface Entry {
  readonly lease: IssueRow;
  readonly event: NewEvent;
  /** The connector by which the credential was issued. */
  readonly connector: Pick<ConnectorRow, "createTime" | "revision">;
}

/**
 * What became of an entry. Nothing was written, and nothing may be handed out, where the credential was revoked, or where the
 * connector has changed since it was read.
 */
export type Outcome = "written" | "revoked" | "changed";

const issues: BulkTable = {
  name: "credentials_issue",
  columns: {
    ...{ workspaceId: "id", id: "id", connectorId: "id", mintId: "id", cacheKey: "hash", resource: "name" },
    ...{ principalId: "id", runId: "id", issueTime: "time", expireTime: "time", revoked: "flag" },
  } satisfies ColumnsOf<IssueRow>,
};

export type Ledger = GroupCommit<Entry, Outcome>;

/**
 * Writes leases, those of simultaneous calls together: serving a credential
 * from the cache costs a share of a commit. What else it depends on is
 * looked at in the same transaction, so that callers may go by what they knew a moment ago.
 */
export function ledger({ transact, dialect, db }: Database<CredentialsTables>, outbox: Outbox): Ledger {
  const looks = looksIn(db);

  /** Writes all of them, or none and tells which must not be. */
  async function write(batch: readonly Entry[]): Promise<ReadonlyMap<Entry, Outcome>> {
    const leases = batch.map(({ lease }): BulkRow => ({ ...lease }));
    return transact(async (trx) => {
      const told = batch.map(({ event }) => event);
      const writes = [...dialect.bulk.insert(issues, leases), ...outbox.appending(trx, told)];
      const [connectors = [], revoked = []] = await sendAll(trx, dialect, [...looks(batch), ...writes]);
      const refused = refusedOf(batch, connectors as readonly Version[], revoked as readonly Revoked[]);
      if (refused.size > 0) throw new Refused(refused);
      return refused;
    }).catch((error: unknown) => {
      if (error instanceof Refused) return error.entries;
      throw error;
    });
  }

  return groupCommit({
    commit: async (batch: readonly Entry[]) => {
      const outcomes = new Map<Entry, Outcome>();
      for (let rest = batch; rest.length > 0; ) {
        const refused = await write(rest);
        for (const [entry, outcome] of refused) outcomes.set(entry, outcome);
        if (refused.size === 0) break;
        rest = rest.filter((entry) => !refused.has(entry));
      }
      return batch.map((entry) => outcomes.get(entry) ?? "written");
    },
  });
}

/** Ends a transaction of which nothing is to stay. */
class Refused extends Error {
  readonly entries: ReadonlyMap<Entry, Outcome>;

  constructor(entries: ReadonlyMap<Entry, Outcome>) {
    super("some of the leases must not be written");
    this.entries = entries;
  }
}

/** The connectors of a batch as they are now, and those of its credentials that were revoked; as rows have them. */
type Version = { readonly workspace_id: Id; readonly id: Id; readonly create_time: number; readonly revision: number };
type Revoked = { readonly mint_id: Id };

/** Statements by how many workspaces, connectors and credentials they ask about: building one costs as much as sending it. */
function looksIn(db: Kysely<CredentialsTables>): (batch: readonly Entry[]) => CompiledQuery[] {
  const texts = new Map<string, string>();

  function kept(shape: string, build: () => string): string {
    const text = texts.get(shape) ?? build();
    if (texts.size < mostKept) texts.set(shape, text);
    return text;
  }

  return (batch) => {
    const leases = batch.map(({ lease }) => lease);
    const workspaces = distinct(leases.map(({ workspaceId }) => workspaceId));
    const connectors = distinct(leases.map(({ connectorId }) => connectorId));
    const mints = distinct(leases.map(({ mintId }) => mintId));
    const asConnectors = () =>
      db
        .selectFrom("credentials_connector")
        .select(["workspaceId", "id", "createTime", "revision"])
        .where("workspaceId", "in", workspaces)
        .where("id", "in", connectors);
    const asRevoked = () =>
      db
        .selectFrom("credentials_issue")
        .select("mintId")
        .distinct()
        .where("workspaceId", "in", workspaces)
        .where("revoked", "=", sql.lit(1))
        .where("mintId", "in", mints);
    const textOfConnectors = kept(`c ${workspaces.length} ${connectors.length}`, () => asConnectors().compile().sql);
    const textOfRevoked = kept(`r ${workspaces.length} ${mints.length}`, () => asRevoked().compile().sql);
    return [
      CompiledQuery.raw(textOfConnectors, [...workspaces, ...connectors]),
      CompiledQuery.raw(textOfRevoked, [...workspaces, ...mints]),
    ];
  };
}

function refusedOf(batch: readonly Entry[], connectors: readonly Version[], revoked: readonly Revoked[]): ReadonlyMap<Entry, Outcome> {
  // Ids are brought by those who create, so that two workspaces may have the same.
  const present = new Map(connectors.map((row) => [textOf(row.workspace_id) + textOf(row.id), row]));
  const gone = new Set(revoked.map(({ mint_id: id }) => textOf(id)));
  const refused = new Map<Entry, Outcome>();
  for (const entry of batch) {
    const { lease, connector } = entry;
    const now = present.get(textOf(lease.workspaceId) + textOf(lease.connectorId));
    if (now?.create_time !== connector.createTime || now.revision !== connector.revision) refused.set(entry, "changed");
    else if (gone.has(textOf(lease.mintId))) refused.set(entry, "revoked");
  }
  return refused;
}

/** Shapes whose text is kept: most batches are about one workspace and a few connectors. */
const mostKept = 256;

const textOf = (id: Id): string => id.toString("latin1");
const distinct = (ids: readonly Id[]): readonly Id[] => [...new Map(ids.map((id) => [textOf(id), id])).values()];
