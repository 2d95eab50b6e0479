import type { Condition } from "@signalbox/runtime/filter/condition.ts";
import { parseFilter } from "@signalbox/runtime/filter/parse.ts";
import { comparisonsIn } from "@signalbox/runtime/filter/tree.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";

/** The pipeline of a snapshot that lies in a project. */
export async function pipelineOf(db: Kysely<RegistryTables>, workspaceId: Id, projectId: Id, snapshotId: Id): Promise<Id | undefined> {
  const query = db.selectFrom("registry_snapshot").select("pipelineId").where("workspaceId", "=", workspaceId);
  return (await query.where("projectId", "=", projectId).where("id", "=", snapshotId).executeTakeFirst())?.pipelineId;
}

/** Leaves out what is hidden, unless a filter asks for that. Fails with FILTER_INVALID. */
export function shownBy(filter: string): Condition {
  const parsed = parseFilter(filter);
  const asked = parsed !== undefined && comparisonsIn(parsed).some(({ path }) => path[0] === "hidden");
  return (row) => (asked ? row.lit(true) : row("registry_run_template.hidden", "=", 0));
}
