import type { AuditEventTable } from "@signalbox/runtime/audit/tables.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { CursorTable } from "@signalbox/runtime/store/consume.ts";
import type { OutboxTable } from "@signalbox/runtime/store/outbox.ts";

export interface OrganizationTable {
  readonly id: Id;
  /** Unique in the installation. */
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  /** Who created it. */
  readonly ownerId: Id;
  readonly contentHash: Buffer;
  /** Counts changes, from 1. */
  readonly revision: number;
  /** Counts members who left: what two who leave at once must both write. */
  readonly departures: number;
  readonly createTime: Micros;
  readonly updateTime: Micros;
}

export interface MemberTable {
  readonly organizationId: Id;
  readonly principalId: Id;
  readonly createTime: Micros;
  /** When the membership ended; 0 for a member. */
  readonly removedTime: Micros;
}

export interface WorkspaceTable {
  readonly id: Id;
  /** Unique in the installation, and never changed. */
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly organizationId: Id;
  /** Who created it. */
  readonly ownerId: Id;
  readonly contentHash: Buffer;
  /** Counts changes, from 1. */
  readonly revision: number;
  readonly createTime: Micros;
  readonly updateTime: Micros;
}

export interface OrgTables {
  org_organization: OrganizationTable;
  org_member: MemberTable;
  org_workspace: WorkspaceTable;
  org_audit_event: AuditEventTable;
  org_outbox: OutboxTable;
  org_cursor: CursorTable;
}
