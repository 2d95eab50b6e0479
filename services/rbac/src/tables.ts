import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { CursorTable } from "@signalbox/runtime/store/consume.ts";
import type { OutboxTable } from "@signalbox/runtime/store/outbox.ts";

/** A role that a principal has somewhere. */
export interface BindingTable {
  readonly id: Id;
  readonly principalId: Id;
  readonly role: string;
  readonly organizationId: Id;
  /** All zeros for the organization as a whole. */
  readonly workspaceId: Id;
  /** All zeros for the workspace as a whole. */
  readonly projectId: Id;
  /** Who gave it; all zeros where the system did. */
  readonly grantedById: Id;
  readonly contentHash: Buffer;
  readonly createTime: Micros;
}

/** A principal as identity last told of it. */
export interface PrincipalTable {
  readonly id: Id;
  /** "user" or "service_account". */
  readonly kind: string;
  readonly organizationId: Id;
  readonly active: number;
  readonly name: string;
}

/** A workspace as org last told of it. */
export interface WorkspaceTable {
  readonly id: Id;
  readonly name: string;
  readonly organizationId: Id;
}

/** A session, key or principal whose tokens are refused if they were issued before `time`. */
export interface RevocationTable {
  readonly credentialId: Id;
  readonly time: Micros;
}

/** One row for each organization that ever lost an administrator: what two such changes at once must both write. */
export interface GuardTable {
  readonly organizationId: Id;
  readonly revision: number;
}

export interface RbacTables {
  rbac_binding: BindingTable;
  rbac_principal: PrincipalTable;
  rbac_workspace: WorkspaceTable;
  rbac_revocation: RevocationTable;
  rbac_guard: GuardTable;
  rbac_outbox: OutboxTable;
  rbac_cursor: CursorTable;
}
