import { keepWords } from "@signalbox/runtime/resource/words.ts";
import { addColumns, createIndexes } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { type Kysely, sql } from "kysely";
import type { BuildRow } from "../build/tables.ts";

/** Builds in the order of what they took, whose links are, and the words of the names of snapshots. */
export const listOrders: Migration = (dialect) => ({
  async up(db) {
    await addColumns(db, dialect, "registry_build", { duration_order: "int" });
    await (db as unknown as Kysely<{ registry_build: BuildRow }>)
      .updateTable("registry_build")
      .set({ durationOrder: sql<number>`duration_seconds + 1` })
      .where("durationSeconds", "is not", null)
      .execute();
    await createIndexes(db, "registry_build", {
      duration: ["workspace_id", "duration_order", "id"],
      duration_in: ["workspace_id", "project_id", "duration_order", "id"],
    });
    await addColumns(db, dialect, "registry_model_artifact", { custom_name: "flag", owner_id: "id" });
    await addColumns(db, dialect, "registry_model_run", { owner_id: "id" });
    await keepWords(db, dialect, "registry_snapshot");
  },
});
