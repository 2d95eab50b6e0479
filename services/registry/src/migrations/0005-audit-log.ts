import { createAuditTable } from "@signalbox/runtime/audit/tables.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** The audit log of the workspaces, gathered from all their services. */
export const auditLog: Migration = (dialect) => ({
  up: (db) => createAuditTable(db, dialect, "registry"),
});
