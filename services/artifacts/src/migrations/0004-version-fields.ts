import { noId } from "@signalbox/runtime/ids.ts";
import { createIndexes, narrowIndex } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { type Kysely, sql } from "kysely";

/** What clients tell of versions beside where the data lies; that versions change; and which of them no run made or uses. */
export const versionFields: Migration = (dialect) => ({
  async up(db) {
    const { id, int, time, name, text, bytes, flag, enum: kind } = dialect.types;
    const add = async (table: string, columns: Readonly<Record<string, typeof id>>) => {
      for (const [column, type] of Object.entries(columns)) await db.schema.alterTable(table).addColumn(column, type).execute();
    };
    await add("artifacts_artifact", { custom_name: flag });
    await add("artifacts_use", { step_id: id });
    await add("artifacts_version", {
      ...{ artifact_store_id: id, save_kind: kind, client_hash: name, serializer_source: bytes, data_type_source: bytes },
      ...{ description: text, unused: flag, revision: int, update_time: time },
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

type Column = unknown;

/** The columns that are given values. */
interface Filled {
  artifacts_artifact: { custom_name: Column };
  artifacts_use: { workspace_id: Column; version_id: Column; step_id: Column };
  artifacts_version: Readonly<Record<"workspace_id" | "id" | "create_time" | (typeof filled)[number], Column>>;
}

const filled = [
  ...["artifact_store_id", "save_kind", "client_hash", "serializer_source", "data_type_source"],
  ...["description", "unused", "revision", "update_time"],
] as const;

async function fill(db: Kysely<Filled>): Promise<void> {
  const none = Buffer.alloc(0);
  await db.updateTable("artifacts_artifact").set({ custom_name: 0 }).execute();
  await db.updateTable("artifacts_use").set({ step_id: noId }).execute();
  await db
    .updateTable("artifacts_version")
    .set((row) => ({
      ...{ artifact_store_id: noId, save_kind: 0, client_hash: "", serializer_source: none, data_type_source: none },
      ...{ description: "", unused: 1, revision: 1, update_time: row.ref("create_time") },
    }))
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
