import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { LabelTable } from "@signalbox/runtime/resource/labels.ts";
import type { ResourceRow } from "@signalbox/runtime/resource/row.ts";
import type { WordTable } from "@signalbox/runtime/resource/words.ts";
import type { OutboxTable } from "@signalbox/runtime/store/outbox.ts";
import type { CodeAccessRow } from "./code/tables.ts";

/** What the rows of secrets and connectors have in common. Their content hash is sealed: that of a short secret would tell the secret. */
export interface NamedRow extends ResourceRow {
  /** Unique in the workspace. */
  name: string;
  description: string;
}

export interface SecretRow extends NamedRow {
  /** 1 where its owner alone may know of it. Null in rows that an earlier release wrote. */
  private: number | null;
  /** Its owner where it is private, otherwise all zeros: names are unique by this. */
  privateOwner: Id | null;
}

export interface SecretValueRow {
  workspaceId: Id;
  secretId: Id;
  name: string;
  /** Sealed under a data key of the workspace, bound to workspace, secret and name. */
  sealed: Buffer;
}

/** How a connector gets credentials: the numbers in `method`. */
export const methodNumber = { awsRole: 1, oauthClient: 2, record: 3 } as const;

export interface ConnectorRow extends NamedRow {
  method: number;
  /** The settings of the method as ProtoJSON; of a record that of an empty message. */
  settings: string;
  lifetimeSeconds: number;
  /** What it is of, in all but those that an earlier release wrote since this column came to be: these have none. */
  type: string;
  authMethod: string;
  /** A JSON array of names; what finds connectors by them is `credentials_connector_resource_type`. */
  resourceTypes: string;
  resource: string;
  manyResources: number;
  /** 0 for never. */
  expiresTime: Micros;
  /** -1 where nothing is said. */
  expireSkewSeconds: number;
  /** The settings of a record that are no secrets, as they were given; empty for none. */
  configuration: string;
  /** A JSON array of the names of what a record keeps sealed. */
  secretKeys: string;
}

/** That a connector gives access to resources of a type. */
export interface ConnectorResourceTypeRow {
  workspaceId: Id;
  connectorId: Id;
  type: string;
}

export interface ConnectorSecretRow {
  workspaceId: Id;
  connectorId: Id;
  /** Sealed under a data key of the workspace, bound to workspace and connector: the secret, or of a record all that is sealed, as JSON. */
  sealed: Buffer;
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
  credentials_connector_resource_type: ConnectorResourceTypeRow;
  credentials_label: LabelTable;
  credentials_issue: IssueRow;
  credentials_code_access: CodeAccessRow;
  credentials_outbox: OutboxTable;
  credentials_word: WordTable;
}
