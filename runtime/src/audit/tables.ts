import type { Outcome } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import type { Kysely } from "kysely";
import type { Micros } from "../clock.ts";
import type { Id } from "../ids.ts";
import { columnsOf, createIndexes, createTable } from "../store/create-table.ts";
import type { BulkTable, ColumnsOf } from "../store/dialect/bulk.ts";
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

const columns = {
  ...{ workspaceId: "id", id: "id", time: "time", service: "name", method: "name" },
  ...{ principalId: "id", principalName: "name", principalKind: "name", credentialId: "id", address: "name" },
  ...{ subject: "name", projectId: "id", organizationId: "id", outcome: "enum", reason: "name", trace: "name" },
} as const satisfies ColumnsOf<AuditEventTable>;

/** The audit log of a service, as {@link Bulk} wants it. */
export const auditTable = (service: string): BulkTable => ({ name: `${service}_audit_event`, columns });

/** The columns that events are looked up by; each of them in order of time. */
const lookups = ["organization_id", "principal_id", "project_id", "subject", "method", "service", "outcome"] as const;

/** The table of the audit log, for the migration of the service that gathers it. */
export async function createAuditTable(db: Kysely<unknown>, { types }: Dialect, service: string): Promise<void> {
  const { name } = auditTable(service);
  const order = ["time", "id"] as const;
  await createTable(db, name, columnsOf({ columns }, types), ["workspace_id", "id"]);
  await createIndexes(db, name, {
    newest: ["workspace_id", ...order],
    ...Object.fromEntries(lookups.map((column) => [column, ["workspace_id", column, ...order]])),
  });
}
