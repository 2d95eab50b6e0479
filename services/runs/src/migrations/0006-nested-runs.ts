import { addColumns, createIndexes, createTable, narrowIndex } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { sql } from "kysely";

/** Runs that runs started, and runs that repeat others. Of a parent and a key there is one run. */
export const nestedRuns: Migration = (dialect) => ({
  async up(db) {
    const { id, name } = dialect.types;
    const columns = { parent_run_id: "id", child_key: "name", root_run_id: "id", nested: "flag", original_run_id: "id" } as const;
    await addColumns(db, dialect, "runs_run", columns);
    await db
      .updateTable("runs_run")
      .set((row) => ({ root_run_id: row.ref("id") }))
      .execute();
    await createTable(db, "runs_child", { workspace_id: id, parent_run_id: id, key: name, run_id: id }, [
      "workspace_id",
      "parent_run_id",
      "key",
    ]);
    await createIndexes(db, "runs_run", { root: ["workspace_id", "root_run_id", "create_time", "id"] });
    // Few runs have a parent or repeat another: those that do not are met soon without these.
    for (const [index, asked, such] of [
      ["parent", ["workspace_id", "parent_run_id", "create_time", "id"], sql<boolean>`parent_run_id <> ${sql.lit(none)}`],
      ["original", ["workspace_id", "original_run_id", "create_time", "id"], sql<boolean>`original_run_id <> ${sql.lit(none)}`],
      ["nested", ["workspace_id", "nested", "project_id", "create_time", "id"], sql<boolean>`nested = 1`],
    ] as const) {
      await createIndexes(db, "runs_run", { [index]: asked });
      await narrowIndex(db, dialect, { table: "runs_run", name: index, columns: asked }, such);
    }
  },
});

const none = "00000000-0000-0000-0000-000000000000";
