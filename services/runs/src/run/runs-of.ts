import type { Id } from "@signalbox/runtime/ids.ts";
import type { SelectQueryBuilder } from "kysely";

/** Rows that say of which run they are, of any table. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type RowsOfRuns = SelectQueryBuilder<any, any, { readonly runId: Id }>;

/** How many rows are looked at for each run that is wanted: a run may have the same in many steps. */
const rowsPerRun = 10;

/** The runs that any of these rows belong to; undefined where there may be more than `most`. Reads no more than is needed to say so. */
export async function runsOf(branches: readonly RowsOfRuns[], most: number): Promise<readonly Id[] | undefined> {
  const found = await Promise.all(branches.map((branch) => idsOf(branch, most)));
  return found.every((ids) => ids !== undefined) ? distinct(found.flat()) : undefined;
}

async function idsOf(rows: RowsOfRuns, most: number): Promise<readonly Id[] | undefined> {
  const read = async (limit: number) => {
    const found = await rows.limit(limit).execute();
    return { ids: distinct(found.map(({ runId }) => runId)), all: found.length < limit };
  };
  const first = await read(most + 1);
  if (first.all || first.ids.length > most) return first.ids;
  const more = await read(rowsPerRun * most);
  return more.all ? more.ids : undefined;
}

const distinct = (ids: readonly Id[]): Id[] => [...new Map(ids.map((id) => [id.toString("hex"), id])).values()];
