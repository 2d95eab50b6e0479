import type { Id } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import type { InputTable, OutputTable, RunsTables } from "../tables.ts";

/** That a step consumed or produced an artifact version. */
export type Edge = Pick<OutputTable, "stepId" | "artifactVersionId">;

export interface Edges<Input extends Edge = InputTable, Output extends Edge = OutputTable> {
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  /** Whether there are more. */
  readonly truncated: boolean;
}

/** What the latest attempts of a run consumed and produced, at most ten edges for each node of the limit. */
export async function edgesOf(db: Kysely<RunsTables>, workspace: Id, run: Id, limit: number): Promise<Edges> {
  const most = limit * 10;
  const [inputs, outputs] = await Promise.all([
    of(db, "runsInput", workspace, run).selectAll().limit(most).execute() as Promise<InputTable[]>,
    of(db, "runsOutput", workspace, run).selectAll().limit(most).execute(),
  ]);
  return { inputs, outputs, truncated: inputs.length === most || outputs.length === most };
}

/** The same with no more of each than its two ends. */
export async function briefEdgesOf(db: Kysely<RunsTables>, workspace: Id, run: Id, limit: number): Promise<Edges<Edge, Edge>> {
  const most = limit * 10;
  const ends = (table: "runsInput" | "runsOutput") =>
    of(db, table, workspace, run).select(["stepId", "artifactVersionId"]).limit(most).execute();
  const [inputs, outputs] = await Promise.all([ends("runsInput"), ends("runsOutput")]);
  return { inputs, outputs, truncated: inputs.length === most || outputs.length === most };
}

const of = (db: Kysely<RunsTables>, table: "runsInput" | "runsOutput", workspace: Id, run: Id) =>
  db
    .selectFrom(table as "runsOutput")
    .where("workspaceId", "=", workspace)
    .where("runId", "=", run);
