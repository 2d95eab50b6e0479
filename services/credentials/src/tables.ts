import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { OutboxTable } from "@signalbox/runtime/store/outbox.ts";

/** What the rows of secrets and connectors have in common. */
export interface ResourceRow {
  workspaceId: Id;
  id: Id;
  /** Unique in the workspace. */
  name: string;
  description: string;
  ownerId: Id;
  /** The hash of what it was created with, sealed: the hash of a short secret would tell the secret. */
  content: Buffer;
  /** Counts its changes, from 1. */
  revision: number;
  createTime: Micros;
  updateTime: Micros;
}

export type SecretRow = ResourceRow;

export interface SecretValueRow {
  workspaceId: Id;
  secretId: Id;
  name: string;
  /** Sealed under a data key of the workspace, bound to workspace, secret and name. */
  sealed: Buffer;
}

/** How a connector gets credentials: the numbers in `method`. */
export const methodNumber = { awsRole: 1, oauthClient: 2 } as const;

export interface ConnectorRow extends ResourceRow {
  method: number;
  /** The settings of the method as ProtoJSON. */
  settings: string;
  lifetimeSeconds: number;
}

export interface ConnectorSecretRow {
  workspaceId: Id;
  connectorId: Id;
  /** Sealed under a data key of the workspace, bound to workspace and connector. */
  sealed: Buffer;
}

export interface ConnectorLabelRow {
  workspaceId: Id;
  connectorId: Id;
  key: string;
  value: string;
}

/** A data key of a workspace. The highest number seals; all of them open. */
export interface DataKeyRow {
  workspaceId: Id;
  /** Sealed values name it by this number. */
  number: number;
  /** The id of the key-encryption key that it is wrapped under. */
  wrappedBy: string;
  wrapped: Buffer;
  createTime: Micros;
}

/** A lease: that a credential was handed to somebody. */
export interface IssueRow {
  workspaceId: Id;
  id: Id;
  connectorId: Id;
  /** The credential that was handed out: the same for all who were served it from the cache. */
  mintId: Id;
  /** Where the cache keeps that credential. */
  cacheKey: Buffer;
  resource: string;
  principalId: Id;
  /** All zeros where it was not issued to a run. */
  runId: Id;
  issueTime: Micros;
  expireTime: Micros;
  revoked: number;
}

export interface CredentialsTables {
  credentials_data_key: DataKeyRow;
  credentials_secret: SecretRow;
  credentials_secret_value: SecretValueRow;
  credentials_connector: ConnectorRow;
  credentials_connector_secret: ConnectorSecretRow;
  credentials_connector_label: ConnectorLabelRow;
  credentials_issue: IssueRow;
  credentials_outbox: OutboxTable;
}
