import type { Outcome } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import type { Kysely } from "kysely";
import type { Micros } from "../clock.ts";
import type { Id } from "../ids.ts";
import type { Dialect } from "../store/dialect/dialect.ts";

/** A row of `<service>_audit_event`: the log of a plane, gathered from all its services. */
export interface AuditEventTable {
  /** All zeros in the control plane. */
  readonly workspaceId: Id;
  readonly id: Id;
  readonly time: Micros;
  readonly service: string;
  readonly method: string;
  /** All zeros for a service and for callers who are not known. */
  readonly principalId: Id;
  /** The name at the time; for a service, the service's. */
  readonly principalName: string;
  readonly principalKind: string;
  /** All zeros for none, as for the project and the organization. */
  readonly credentialId: Id;
  readonly address: string;
  readonly subject: string;
  readonly projectId: Id;
  readonly organizationId: Id;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly trace: string;
}

/** The columns that events are looked up by; each of them in order of time. */
const lookups = ["organization_id", "principal_id", "project_id", "subject", "method", "service", "outcome"] as const;

/** The table of the audit log, for the migration of the service that gathers it. */
export async function createAuditTable(db: Kysely<unknown>, { types }: Dialect, service: string): Promise<void> {
  const table = `${service}_audit_event`;
  const order = ["time", "id"] as const;
  await db.schema
    .createTable(table)
    .addColumn("workspace_id", types.id, (column) => column.notNull())
    .addColumn("id", types.id, (column) => column.notNull())
    .addColumn("time", types.time, (column) => column.notNull())
    .addColumn("service", types.name, (column) => column.notNull())
    .addColumn("method", types.name, (column) => column.notNull())
    .addColumn("principal_id", types.id, (column) => column.notNull())
    .addColumn("principal_name", types.name, (column) => column.notNull())
    .addColumn("principal_kind", types.name, (column) => column.notNull())
    .addColumn("credential_id", types.id, (column) => column.notNull())
    .addColumn("address", types.name, (column) => column.notNull())
    .addColumn("subject", types.name, (column) => column.notNull())
    .addColumn("project_id", types.id, (column) => column.notNull())
    .addColumn("organization_id", types.id, (column) => column.notNull())
    .addColumn("outcome", types.enum, (column) => column.notNull())
    .addColumn("reason", types.name, (column) => column.notNull())
    .addColumn("trace", types.name, (column) => column.notNull())
    .addPrimaryKeyConstraint(`${table}_pkey`, ["workspace_id", "id"])
    .execute();
  await db.schema
    .createIndex(`${table}_newest`)
    .on(table)
    .columns(["workspace_id", ...order])
    .execute();
  for (const column of lookups) {
    await db.schema
      .createIndex(`${table}_${column}`)
      .on(table)
      .columns(["workspace_id", column, ...order])
      .execute();
  }
}
