import type { ColumnTypes } from "@signalbox/runtime/store/dialect/dialect.ts";

/** The columns that the table of every resource begins with. */
export const identity = ({ id, hash }: ColumnTypes) => ({ workspace_id: id, id, owner_id: id, request_hash: hash });

/** And those that tell of its changes. */
export const changes = ({ int, time }: ColumnTypes) => ({ revision: int, create_time: time, update_time: time });
