import { addColumns, createIndexes, createKeys, createTable, narrowIndex } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { sql } from "kysely";

/** What runs wait for, and runs that are paused until they are answered. */
export const waitConditions: Migration = (dialect) => ({
  async up(db) {
    const { id, name, hash, time, int, enum: number } = dialect.types;
    await addColumns(db, dialect, "runs_run", { pause: "enum", answers: "int" });
    await createTable(
      db,
      "runs_wait_condition",
      {
        ...{ workspace_id: id, id, project_id: id, run_id: id, owner_id: id, name, type: number },
        ...{ question: hash, schema: hash, metadata: hash, result: hash },
        ...{ status: number, resolution: number, resolver_id: id, resolve_time: time, answer: int },
        ...{ poller: name, poller_expires_time: time, poll_time: time },
        ...{ content_hash: hash, create_time: time, update_time: time },
      },
      ["workspace_id", "id"],
    );
    await createKeys(db, "runs_wait_condition", { name: ["workspace_id", "run_id", "name"] });
    const pending = ["workspace_id", "status", "create_time", "id"] as const;
    await createIndexes(db, "runs_wait_condition", {
      newest: ["workspace_id", "create_time", "id"],
      project: ["workspace_id", "project_id", "create_time", "id"],
      run: ["workspace_id", "run_id", "create_time", "id"],
      resolved: ["workspace_id", "resolve_time", "id"],
      resolved_in: ["workspace_id", "project_id", "resolve_time", "id"],
      pending: [...pending],
      expires: ["poller_expires_time"],
    });
    // Nearly all have been answered.
    await narrowIndex(db, dialect, { table: "runs_wait_condition", name: "pending", columns: pending }, sql`status = 1`);
  },
});
