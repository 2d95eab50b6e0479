import { CompiledQuery, Kysely } from "kysely";
import { type Database, plugins } from "../store/database.ts";

/** What an engine says when it reads more than it has to, or sorts what it read. */
export const wasteful = /Seq Scan|Sort|filesort|"ALL"|SCAN|TEMP B-TREE/;

export interface Planner<Tables> {
  /** A connection of its own. */
  readonly db: Kysely<Tables>;
  /** How the engine means to run each statement that the work sends by that connection. */
  plans(work: () => Promise<unknown>): Promise<string[]>;
  close(): Promise<void>;
}

/** Tells how an engine reads what a store asks for. */
export function planner<Tables>({ dialect }: Pick<Database<Tables>, "dialect">, url: string): Planner<Tables> {
  const asked: CompiledQuery[] = [];
  const createDriver = () => dialect.driver(url, { poolSize: 1 });
  const db = new Kysely<Tables>({
    dialect: { ...dialect.grammar, createDriver },
    plugins: plugins(),
    log: ({ query }) => void asked.push(query),
  });
  const explain = dialect.name === "sqlite" ? "explain query plan" : "explain";
  return {
    db,
    async plans(work) {
      asked.length = 0;
      await work();
      const found: string[] = [];
      for (const { sql, parameters } of [...asked]) {
        const { rows } = await db.executeQuery(CompiledQuery.raw(`${explain} ${sql}`, [...parameters]));
        found.push(JSON.stringify(rows));
      }
      return found;
    },
    close: () => db.destroy(),
  };
}
