import { addColumns } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** What people should know of a model before they use it. */
export const modelCards: Migration = (dialect) => ({
  async up(db) {
    await addColumns(db, dialect, "registry_model", {
      ...{ audience: "text", use_cases: "text", limitations: "text", trade_offs: "text", ethics: "text" },
      save_to_registry: "flag",
    });
    await addColumns(db, dialect, "registry_model_version", { card: "text" });
  },
});
