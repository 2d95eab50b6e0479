import { type Driver, HandleEmptyInListsPlugin, Kysely, replaceWithNoncontingentExpression, sql, type Transaction } from "kysely";
import { ColumnNames } from "./column-names.ts";
import type { Dialect } from "./dialect/dialect.ts";
import { mysql } from "./dialect/mysql.ts";
import { postgres } from "./dialect/postgres.ts";
import { sqlite } from "./dialect/sqlite.ts";
import { guard, type QueryEvent } from "./guard.ts";
import { type IndexesOf, indexReader } from "./indexes.ts";
import { transact } from "./transact.ts";

/** The tables of a service in one database, whichever engine that is. */
export interface Database<Tables> {
  readonly db: Kysely<Tables>;
  readonly dialect: Dialect;
  readonly indexesOf: IndexesOf;
  /** Runs `work` in a transaction; see {@link transact}. */
  readonly transact: <R>(work: (trx: Transaction<Tables>) => Promise<R>) => Promise<R>;
  /** Fails with UNAVAILABLE unless the database answers. Asks nothing where it answered a statement within the last second. */
  readonly ping: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface DatabaseOptions {
  /** The most connections, 6 unless told. SQLite always has one. */
  readonly poolSize?: number;
  /** Hears of every statement, without its values. */
  readonly onQuery?: (event: QueryEvent) => void;
  /** Puts something between the engine's driver and all that uses it: tests make it fail there. */
  readonly around?: ((driver: Driver, dialect: Dialect) => Driver) | undefined;
}

const dialects: Readonly<Record<string, Dialect>> = {
  "postgres:": postgres,
  "postgresql:": postgres,
  "mysql:": mysql,
  "mariadb:": mysql,
  "sqlite:": sqlite,
};

/** Column names are snake_case in the database and camelCase in the program, on every engine. */
export const plugins = () => [new ColumnNames(), new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })];

/** The dialect that a URL asks for: postgres://, mysql://, sqlite:///absolute/path or sqlite::memory:. */
function dialectOf(url: string): Dialect {
  const scheme = /^[a-z]+:/.exec(url)?.[0] ?? "";
  const dialect = dialects[scheme];
  if (!dialect) throw new Error(`a database URL begins with postgres://, mysql:// or sqlite:///, not with "${scheme}"`);
  return dialect;
}

/** Opens a database. Nothing is connected before the first statement. */
export function openDatabase<Tables>(
  url: string,
  { poolSize = 6, onQuery, around = (driver) => driver }: DatabaseOptions = {},
): Database<Tables> {
  const dialect = dialectOf(url);
  let answeredAt = Number.NEGATIVE_INFINITY;
  const heard = (event: QueryEvent) => {
    if (event.failure === undefined) answeredAt = performance.now();
    onQuery?.(event);
  };
  const db = new Kysely<Tables>({
    dialect: { ...dialect.grammar, createDriver: () => guard(dialect, around(dialect.driver(url, { poolSize }), dialect), heard) },
    plugins: plugins(),
  });
  return {
    db,
    dialect,
    indexesOf: indexReader(db, dialect),
    transact: (work) => transact(db, dialect, work),
    ping: async () => {
      // Under load it would wait behind all else, and a probe that is late says the wrong thing.
      if (performance.now() - answeredAt < 1_000) return;
      await sql`select 1`.execute(db);
    },
    close: () => db.destroy(),
  };
}
