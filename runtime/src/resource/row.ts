import type { Micros } from "../clock.ts";
import type { Id } from "../ids.ts";
import type { ColumnTypes } from "../store/dialect/dialect.ts";

/** What the row of every resource of a workspace has. */
export interface ResourceRow {
  workspaceId: Id;
  id: Id;
  ownerId: Id;
  /** SHA-256 of what it was created with, to know a repeat by. */
  contentHash: Buffer;
  /** Counts its changes, from 1. */
  revision: number;
  createTime: Micros;
  updateTime: Micros;
}

/** The columns that the table of a resource begins with. */
export const identityColumns = ({ id, hash }: ColumnTypes) => ({ workspace_id: id, id, owner_id: id, content_hash: hash });

/** And those that tell of its changes. */
export const changeColumns = ({ int, time }: ColumnTypes) => ({ revision: int, create_time: time, update_time: time });
