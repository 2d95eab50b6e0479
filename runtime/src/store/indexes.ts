import type { Kysely } from "kysely";
import type { Dialect } from "./dialect/dialect.ts";

/** An index of a table as the database has it. It may leave out the rows that have the usual value: these are met soon without it. */
export interface Index {
  readonly name: string;
  readonly unique: boolean;
  /** In camelCase, from the first. */
  readonly columns: readonly string[];
}

/** Tells the indexes of a table. The database is asked once, and again where one turns out to be gone. */
export type IndexesOf = (table: string, again?: boolean) => Promise<readonly Index[]>;

export function indexReader<Tables>(db: Kysely<Tables>, { indexColumns }: Pick<Dialect, "indexColumns">): IndexesOf {
  const known = new Map<string, Promise<readonly Index[]>>();
  const read = async (table: string) => {
    const { rows } = await indexColumns(table).execute(db);
    const byName = Map.groupBy(rows, ({ name }) => name);
    return [...byName].map(([name, parts]) => ({
      name,
      unique: Number(parts[0]?.distinct) === 1,
      columns: parts.map(({ part }) => camelCase(part)),
    }));
  };
  return (table, again = false) => {
    let found = again ? undefined : known.get(table);
    if (!found) {
      found = read(table);
      known.set(table, found);
      found.catch(() => known.delete(table));
    }
    return found;
  };
}

const camelCase = (column: string) => column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
