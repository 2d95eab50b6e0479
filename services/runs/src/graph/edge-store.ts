import type { Id } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import type { InputTable, OutputTable, RunsTables } from "../tables.ts";

export interface Edges {
  readonly inputs: readonly InputTable[];
  readonly outputs: readonly OutputTable[];
  /** Whether there are more. */
  readonly truncated: boolean;
}

/** What the latest attempts of a run consumed and produced, at most ten edges for each node of the limit. */
export async function edgesOf(db: Kysely<RunsTables>, workspace: Id, run: Id, limit: number): Promise<Edges> {
  const most = limit * 10;
  const [inputs, outputs] = await Promise.all([
    db.selectFrom("runsInput").selectAll().where("workspaceId", "=", workspace).where("runId", "=", run).limit(most).execute(),
    db.selectFrom("runsOutput").selectAll().where("workspaceId", "=", workspace).where("runId", "=", run).limit(most).execute(),
  ]);
  return { inputs, outputs, truncated: inputs.length === most || outputs.length === most };
}
