import { keyIn } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import type { Plan } from "../status/plan.ts";
import { Parts, type RunsTables, type RunTable } from "../tables.ts";

/** Which steps are asked for of a run: some by name, or all. */
export interface PlannedWanted {
  readonly run: Pick<RunTable, "workspaceId" | "id" | "parts">;
  readonly names: ReadonlySet<string> | "all";
}

/** What runs planned while they went on, by {@link keyIn}, in the order in which they did. Costs nothing where none of them planned anything. */
export async function loadPlanned(db: Kysely<RunsTables>, wanted: readonly PlannedWanted[], limit?: number): Promise<Map<string, Plan>> {
  const asked = wanted.filter(({ run, names }) => (run.parts & Parts.PLANNED) !== 0 && (names === "all" || names.size > 0));
  if (asked.length === 0) return new Map();
  const query = db
    .selectFrom("runsPlanned")
    .select(["workspaceId", "runId", "name", "upstream"])
    .where((row) =>
      row.or(
        asked.map(({ run: { workspaceId, id: runId }, names }) =>
          row.and([row.and({ workspaceId, runId }), ...(names === "all" ? [] : [row("name", "in", [...names])])]),
        ),
      ),
    )
    .orderBy("revision")
    .orderBy("position");
  const rows = await (limit ? query.limit(limit) : query).execute();
  const byRun = Map.groupBy(rows, ({ workspaceId, runId }) => keyIn(workspaceId, runId));
  return new Map(
    [...byRun].map(([key, some]) => [key, new Map(some.map(({ name, upstream }) => [name, JSON.parse(upstream) as string[]]))]),
  );
}
