import { addColumns, createIndexes } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { type Kysely, sql } from "kysely";

/**
 * Steps tell when they changed last, and are found over runs by what few of them tell: the indexes are of these few, so that the
 * others cost what they did. One finds what a step says of the cache without its run, for those that it served.
 */
export const stepFields: Migration = (dialect) => ({
  async up(db) {
    await addColumns(db, dialect, "runs_step", { update_time: "time" });
    await addColumns(db, dialect, "runs_step_trait", { project_id: "id" });
    await fill(db as Kysely<Filled>);
    await createIndexes(db, "runs_step_trait", {
      step: ["workspace_id", "step_id"],
      kind: ["workspace_id", "kind", "project_id", "step_id"],
      expiring: ["workspace_id", "cache_expires_time", "step_id"],
      expiring_in: ["workspace_id", "project_id", "cache_expires_time", "step_id"],
    });
  },
});

interface Filled {
  runs_step: { update_time: number };
  runs_step_trait: { project_id: Buffer };
}

async function fill(db: Kysely<Filled>): Promise<void> {
  const changed = sql<number>`case when heartbeat_time > end_time then heartbeat_time else end_time end`;
  await db.updateTable("runs_step").set({ update_time: changed }).execute();
  const project = sql<Buffer>`(select r.project_id from runs_run r where r.workspace_id = runs_step_trait.workspace_id and r.id = run_id)`;
  await db
    .updateTable("runs_step_trait")
    .set({ project_id: sql<Buffer>`coalesce(${project}, project_id)` })
    .execute();
}
