import { PostgresAdapter, PostgresDriver, PostgresIntrospector, PostgresQueryCompiler, sql } from "kysely";
import pg from "pg";
import { toId, toUuid } from "../../ids.ts";
import { type Dialect, type Fault, isNetworkCode } from "./dialect.ts";
import { postgresBulk } from "./postgres-bulk.ts";
import { savingPool } from "./postgres-pool.ts";
import { rangeOf } from "./prefix.ts";

/** How values of these types are read, by the oid of the type; all others as the driver does. */
const readers: Readonly<Record<number, (text: string) => unknown>> = {
  20: Number, // bigint
  1700: Number, // numeric, which sums of bigint are
  2950: toId, // uuid
};

export const postgres: Dialect = {
  name: "postgres",
  types: {
    id: "uuid",
    name: sql`varchar(255) collate "C"`,
    text: "text",
    document: "text",
    bytes: "bytea",
    hash: "bytea",
    time: "bigint",
    int: "bigint",
    float: "double precision",
    flag: "smallint",
    enum: "smallint",
  },
  grammar: {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  },
  transaction: { isolationLevel: "read committed" },
  transactionalDdl: true,
  partialIndexes: true,
  constant: (type, value) => {
    if (!Buffer.isBuffer(value)) return sql.lit(value);
    return sql.lit(type === "id" ? toUuid(value) : `\\x${value.toString("hex")}`);
  },
  dropIndex: (db, _, index) => db.schema.dropIndex(index).execute(),

  driver: (url, { poolSize }) => {
    const pool = new pg.Pool({
      connectionString: url,
      max: poolSize,
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      // The system's own is two hours: for so long a server that vanished would hold its connections.
      keepAliveInitialDelayMillis: 10_000,
      pipeline: true,
      types: { getTypeParser: (oid, format) => readers[oid] ?? pg.types.getTypeParser(oid, format) },
    });
    // A connection that breaks tells so to whoever uses it next; unheard, the same event would end the process.
    pool.on("error", () => {});
    pool.on("connect", (client) => client.on("error", () => {}));
    return new PostgresDriver({ pool: savingPool(pool) });
  },

  onConflict: (insert, key, overwrite) =>
    insert.onConflict((conflict) => {
      const target = conflict.columns(key as never);
      if (overwrite.length === 0) return target.doNothing();
      return target.doUpdateSet(Object.fromEntries(overwrite.map((column) => [column, sql.ref(`excluded.${column}`)])) as never);
    }),

  pipelines: true,
  rowRanges: true,
  bulk: postgresBulk,

  readBy: (query) => query,

  compares: (column, operator, text) => sql`${column} collate "C" ${sql.raw(operator)} ${text}`,

  within: (column, text, match) => {
    if (match === "prefix") return rangeOf(sql`${column} collate "C"`, text);
    return match === "part" ? sql`strpos(${column}, ${text}) > 0` : sql`right(${column}, ${[...text].length}) = ${text}`;
  },

  indexColumns: (table) => sql`
    select index_class.relname as name, indexes.indisunique::int as "distinct", parts.attname as part
    from pg_index as indexes
    join pg_class as index_class on index_class.oid = indexes.indexrelid
    cross join lateral unnest(indexes.indkey) with ordinality as keys (number, place)
    join pg_attribute as parts on parts.attrelid = indexes.indrelid and parts.attnum = keys.number
    where indexes.indrelid = to_regclass(${table}) and indexes.indisvalid
    order by name, keys.place`,

  now: () => sql<number>`(extract(epoch from statement_timestamp()) * 1000000)::bigint`,

  explain: (error) => {
    const { code, constraint, message } = error as { code?: string; constraint?: string; message?: string };
    if (code === "23505") return { kind: "taken", key: constraint?.endsWith("_pkey") ? "primary" : (constraint ?? "") };
    if (code === undefined) return lost.test(message ?? "") ? { kind: "unavailable" } : undefined;
    if (isNetworkCode(code) || code.startsWith("08")) return { kind: "unavailable" };
    return meanings[code];
  },
  codeOf: (error) => (error as { code?: string }).code,
};

/** The driver says these in words only. */
const lost =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Query read timeout)/;

const meanings: Readonly<Record<string, Fault>> = {
  "40001": { kind: "retry" }, // serialization_failure
  "40P01": { kind: "retry" }, // deadlock_detected
  "55P03": { kind: "retry" }, // lock_not_available
  "25006": { kind: "unavailable" }, // read_only_sql_transaction: a replica, as after a fail-over
  "53300": { kind: "unavailable" }, // too_many_connections
  "53100": { kind: "unavailable" }, // disk_full
  "53200": { kind: "unavailable" }, // out_of_memory
  "57014": { kind: "unavailable" }, // query_canceled: the server's statement_timeout, or its administrator
  "57P05": { kind: "unavailable" }, // idle_session_timeout
  "25P03": { kind: "unavailable" }, // idle_in_transaction_session_timeout
  "25P04": { kind: "unavailable" }, // transaction_timeout
  "57P01": { kind: "unavailable" }, // admin_shutdown
  "57P02": { kind: "unavailable" }, // crash_shutdown
  "57P03": { kind: "unavailable" }, // cannot_connect_now
  "42P07": { kind: "present" }, // duplicate_table, an index too
  "42710": { kind: "present" }, // duplicate_object: the type of a table that another is making
  "42701": { kind: "present" }, // duplicate_column
};
