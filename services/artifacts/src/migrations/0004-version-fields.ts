import { addColumns, createIndexes, narrowIndex } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { type Kysely, sql } from "kysely";

/** What clients tell of versions beside where the data lies; that versions change; and which of them no run made or uses. */
export const versionFields: Migration = (dialect) => ({
  async up(db) {
    await addColumns(db, dialect, "artifacts_artifact", { custom_name: "flag" });
    await addColumns(db, dialect, "artifacts_use", { step_id: "id" });
    await addColumns(db, dialect, "artifacts_version", {
      ...{ artifact_store_id: "id", save_kind: "enum", client_hash: "name", serializer_source: "bytes", data_type_source: "bytes" },
      ...{ description: "text", unused: ["flag", 1], revision: ["int", 1], update_time: "time" },
    });
    await fill(db as Kysely<Filled>);
    await createIndexes(db, "artifacts_version", { unused: [...unused], client_hash: [...clientHash] });
    // Steps make nearly all versions, and few clients bring a hash: versions that are such are met soon without these.
    await narrowIndex(db, dialect, { table: "artifacts_version", name: "unused", columns: unused }, sql`unused = 1`);
    await narrowIndex(db, dialect, { table: "artifacts_version", name: "client_hash", columns: clientHash }, sql`client_hash <> ''`);
  },
});

const unused = ["workspace_id", "unused", "project_id", "create_time", "id"] as const;
const clientHash = ["workspace_id", "client_hash"] as const;

/** The columns that are given values. */
interface Filled {
  artifacts_use: { workspace_id: unknown; version_id: unknown };
  artifacts_version: Readonly<Record<"workspace_id" | "id" | "create_time" | "update_time" | "unused", unknown>>;
}

async function fill(db: Kysely<Filled>): Promise<void> {
  await db
    .updateTable("artifacts_version")
    .set((row) => ({ update_time: row.ref("create_time") }))
    .execute();
  await db
    .updateTable("artifacts_version")
    .set({ unused: 0 })
    .where((row) => {
      const uses = row.selectFrom("artifacts_use").select("artifacts_use.version_id");
      const own = uses.whereRef("artifacts_use.workspace_id", "=", "artifacts_version.workspace_id");
      return row.exists(own.whereRef("artifacts_use.version_id", "=", "artifacts_version.id"));
    })
    .execute();
}
