import { createIndexes, createTable, narrowIndex } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { sql } from "kysely";

/**
 * What few runs have of their snapshot or were told of as a whole lies beside them, so that the others cost what they did. It has each run's
 * project and time, so that lists of runs are found here in their order. All that is asked by an id lies in one project.
 */
export const runTraits: Migration = (dialect) => ({
  async up(db) {
    const { id, name, hash, time, flag } = dialect.types;
    const ids = { build_id: id, template_id: id, source_snapshot_id: id, code_repository_id: id, model_version_id: id, parent_step_id: id };
    const documents = { orchestrator_environment: hash, exception: hash, outputs: hash };
    await createTable(
      db,
      "runs_run_trait",
      { workspace_id: id, run_id: id, project_id: id, create_time: time, ...ids, code_commit: name, templatable: flag, ...documents },
      ["workspace_id", "run_id"],
    );
    for (const [index, column] of [
      ["build", "build_id"],
      ["template", "template_id"],
      ["source", "source_snapshot_id"],
      ["code", "code_repository_id"],
      ["model", "model_version_id"],
      ["step", "parent_step_id"],
    ] as const) {
      const columns = ["workspace_id", column, "create_time", "run_id"];
      await createIndexes(db, "runs_run_trait", { [index]: columns });
      await narrowIndex(
        db,
        dialect,
        { table: "runs_run_trait", name: index, columns },
        sql<boolean>`${sql.ref(column)} <> ${sql.lit(none)}`,
      );
    }
    const flagged = { templatable: ["workspace_id", "templatable", "create_time", "run_id"] };
    const flaggedIn = { templatable_in: ["workspace_id", "project_id", "templatable", "create_time", "run_id"] };
    await createIndexes(db, "runs_run_trait", { ...flagged, ...flaggedIn });
  },
});

const none = "00000000-0000-0000-0000-000000000000";
