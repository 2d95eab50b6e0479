import { changeColumns, identityColumns } from "@signalbox/runtime/resource/row.ts";
import { addColumns, createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Rules of models about who must approve that versions move, and what was asked for and said. */
export const promotions: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    const { id, int, flag, text, time, enum: number } = types;
    await addColumns(db, dialect, "registry_model", { approvals_needed: "int", gated_stages: "int" });
    await addColumns(db, dialect, "registry_stage_change", { promotion_id: "id" });
    const table = "registry_promotion";
    await createTable(
      db,
      table,
      {
        ...identityColumns(types),
        ...{ project_id: id, model_id: id, version_id: id, number: int, stage: number, state: number, reason: text, forced: flag },
        ...{ approval_count: int, approvals_needed: int },
        ...changeColumns(types),
      },
      ["workspace_id", "id"],
    );
    await createIndexes(db, table, {
      newest: ["workspace_id", "create_time", "id"],
      newest_in: ["workspace_id", "project_id", "create_time", "id"],
      model: ["workspace_id", "model_id", "create_time", "id"],
      version: ["workspace_id", "version_id", "create_time", "id"],
      state: ["workspace_id", "state", "create_time", "id"],
    });
    await createTable(
      db,
      "registry_approval",
      { workspace_id: id, promotion_id: id, by_id: id, approved: flag, outdated: flag, comment: text, create_time: time },
      ["workspace_id", "promotion_id", "by_id"],
    );
  },
});
