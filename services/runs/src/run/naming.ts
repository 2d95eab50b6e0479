import { type Id, keyIn } from "@signalbox/runtime/ids.ts";
import type { Rows } from "@signalbox/runtime/store/send-all.ts";
import type { CompiledQuery, Transaction } from "kysely";
import type { RunsTables, RunTable } from "../tables.ts";

/** A run, and what it may be called: the first of these that is free in its project, or the last. */
export interface Unnamed {
  readonly row: Pick<RunTable, "workspaceId" | "projectId">;
  readonly names: readonly string[];
}

interface Named {
  readonly workspace: Id;
  readonly project: Id;
  readonly name: string;
}

/** Names runs that come together: one statement finds what is taken, and no two of them get the same. A run with one name has that. */
export function naming(trx: Transaction<RunsTables>, batch: readonly Unnamed[]) {
  const undecided = batch.filter(({ names }) => names.length > 1);
  const look = trx
    .selectFrom("runsRun")
    .select(["workspaceId as workspace", "projectId as project", "name"])
    .where((row) =>
      row.or(
        undecided.map(({ row: { workspaceId, projectId }, names }) =>
          row.and([row.and({ workspaceId, projectId }), row("name", "in", [...names])]),
        ),
      ),
    );
  const statements: CompiledQuery[] = undecided.length > 0 ? [look.compile()] : [];
  return {
    statements,
    /** Gives the names, in order of the batch. */
    read(rows: Rows): string[] {
      const taken = new Set((rows as unknown as readonly Named[]).map(keyOf));
      return batch.map(({ row: { workspaceId: workspace, projectId: project }, names }) => {
        const name = names.find((each) => !taken.has(keyOf({ workspace, project, name: each }))) ?? (names.at(-1) as string);
        taken.add(keyOf({ workspace, project, name }));
        return name;
      });
    },
  };
}

const keyOf = ({ workspace, project, name }: Named): string => keyIn(workspace, project) + name;
