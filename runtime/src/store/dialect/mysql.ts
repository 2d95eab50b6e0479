import {
  type Expression,
  FromNode,
  type KyselyPlugin,
  MysqlAdapter,
  MysqlDriver,
  MysqlIntrospector,
  MysqlQueryCompiler,
  type RawBuilder,
  RawNode,
  type SqlBool,
  sql,
} from "kysely";
import { bulkOfValues } from "./bulk.ts";
import { type Dialect, type Fault, isNetworkCode, type Ordering } from "./dialect.ts";
import { rangeOf } from "./prefix.ts";

/** MySQL 8 and MariaDB: what both accept. */
export const mysql: Dialect = {
  name: "mysql",
  types: {
    id: sql`binary(16)`,
    name: sql`varchar(255) character set utf8mb4 collate utf8mb4_bin`,
    text: sql`longtext character set utf8mb4 collate utf8mb4_bin`,
    document: sql`longtext character set utf8mb4 collate utf8mb4_bin`,
    bytes: sql`longblob`,
    hash: sql`binary(32)`,
    time: "bigint",
    int: "bigint",
    float: sql`double`,
    flag: "smallint",
    enum: "smallint",
  },
  grammar: {
    createAdapter: () => new MysqlAdapter(),
    createQueryCompiler: () => new MysqlQueryCompiler(),
    createIntrospector: (db) => new MysqlIntrospector(db),
  },
  // The session is at READ COMMITTED already; naming it would cost every transaction a round trip.
  transaction: {},
  transactionalDdl: false,
  partialIndexes: false,
  // Long texts have no constant for a default, but an expression.
  constant: (_, value) => (Buffer.isBuffer(value) ? sql`(${sql.raw(`x'${value.toString("hex")}'`)})` : sql`(${sql.lit(value)})`),
  dropIndex: (db, table, index) => db.schema.dropIndex(index).on(table).execute(),

  driver: (url, { poolSize }) =>
    new MysqlDriver({
      // Loaded only where it is used.
      pool: async () => {
        const { createPool } = await import("mysql2");
        const pool = createPool({
          uri: url,
          connectionLimit: poolSize,
          maxIdle: poolSize,
          idleTimeout: 30_000,
          connectTimeout: 10_000,
          enableKeepAlive: true,
          keepAliveInitialDelay: 10_000,
          timezone: "Z",
          charset: "utf8mb4_bin",
          decimalNumbers: true,
          stringifyObjects: true,
          // Updates count the rows they match on every engine, not the rows that they change.
          flags: ["FOUND_ROWS"],
        });
        pool.on("connection", (connection) => {
          for (const statement of session) connection.query(statement, (error) => error && connection.destroy());
        });
        return pool;
      },
    }),

  onConflict: (insert, key, overwrite) => {
    const kept = key.slice(0, 1).map((column) => [column, sql.ref(column)] as const);
    const replaced = overwrite.map((column) => [column, sql`values(${sql.ref(column)})`] as const);
    return insert.onDuplicateKeyUpdate(Object.fromEntries(overwrite.length === 0 ? kept : replaced) as never);
  },

  pipelines: false,
  rowRanges: false,
  bulk: bulkOfValues({
    quote: "`",
    onConflict: (key, assignments) =>
      `on duplicate key update ${assignments.length > 0 ? assignments.join(", ") : `${key[0]} = ${key[0]}`}`,
    wanted: (column) => `values(${column})`,
    update: (table, names, count, set, where) => {
      const first = `select ${names.map((name) => `? as ${name}`).join(", ")}`;
      const others = Array.from({ length: count - 1 }, () => ` union all select ${names.map(() => "?").join(", ")}`).join("");
      return `update ${table} join (${first}${others}) as v on ${where.join(" and ")} set ${set.map((column) => `${table}.${column} = v.${column}`).join(", ")}`;
    },
  }),

  compares: (column, operator, text) => {
    const exactly = bytewise(column, operator, text);
    const nearly = nearlySo(column, operator, text);
    return nearly ? sql`(${nearly} and ${exactly})` : exactly;
  },

  within: (column, text, match) => {
    // No LIKE: MariaDB reads it as a range that ends before the characters beyond U+FFFF.
    if (match === "prefix") {
      const begins = bytewise(sql`left(${column}, ${[...text].length})`, "=", text);
      return text === "" ? begins : sql`(${rangeOf(column, text, `${text}\0`)} and ${begins})`;
    }
    if (match === "part") return sql`instr(${column}, ${text}) > 0`;
    return bytewise(sql`right(${column}, ${[...text].length})`, "=", text);
  },

  indexColumns: (table) => sql`
    select index_name as name, 1 - non_unique as \`distinct\`, column_name as part from information_schema.statistics
    where table_schema = database() and table_name = ${table} order by index_name, seq_in_index`,

  readBy: (query, index) => (index === undefined ? query : query.withPlugin(forceIndex(index))),

  now: () => sql<number>`cast(unix_timestamp(now(6)) * 1000000 as signed)`,

  explain: (error) => {
    const { code, errno, sqlMessage, message } = error as { code?: string; errno?: number; sqlMessage?: string; message?: string };
    if (errno === 1062) return { kind: "taken", key: keyOf(sqlMessage ?? "") };
    if (isNetworkCode(code) || lost.has(code ?? "") || message === closed) return { kind: "unavailable" };
    return errno === undefined ? undefined : meanings[errno];
  },
  codeOf: (error) => {
    const { code, errno } = error as { code?: string; errno?: number };
    return errno !== undefined && errno > 0 ? String(errno) : code;
  },
};

/** The collation of texts takes white space at their ends for nothing, so bytes are compared; of which no index tells. */
const bytewise = (column: Expression<unknown>, operator: Ordering, text: string) =>
  sql<SqlBool>`cast(${column} as binary) ${sql.raw(operator)} cast(${text} as binary)`;

/** What an index tells of it: all that are so, and perhaps those that differ in white space and control characters at the end. */
function nearlySo(column: Expression<unknown>, operator: Ordering, text: string): RawBuilder<SqlBool> | undefined {
  switch (operator) {
    case "=":
      return sql`${column} = ${text}`;
    case ">":
    case ">=":
      // Before a text, as this collation sorts, comes the same with what sorts before white space.
      return sql`${column} >= ${`${text}\0`}`;
    case "<":
    case "<=":
      return /\p{Cc}/u.test(text) ? undefined : sql`${column} <= ${text}`;
    default:
      return undefined;
  }
}

/** MariaDB weighs a range against a scan without regard to the limit, and prefers the scan unless it is told. */
function forceIndex(index: string): KyselyPlugin {
  return {
    transformQuery({ node }) {
      if (node.kind !== "SelectQueryNode" || !node.from) return node;
      const [first, ...others] = node.from.froms;
      if (!first) return node;
      const forced = RawNode.create(["", ` force index (\`${index}\`)`], [first]);
      return { ...node, from: FromNode.create([forced, ...others]) };
    },
    transformResult: async ({ result }) => result,
  };
}

/** What each new connection is set to. */
const session = [
  "set session transaction isolation level read committed",
  "set session time_zone = '+00:00', innodb_lock_wait_timeout = 5, sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'",
];

function keyOf(message: string): string {
  const key = /for key '(?:[^'.]*\.)?([^']+)'$/.exec(message)?.[1] ?? "";
  return key === "PRIMARY" ? "primary" : key;
}

/** What a statement hears whose connection broke under the one before it; the driver gives no code for that. */
const closed = "Can't add new command when connection is in closed state";
const lost = new Set([
  "PROTOCOL_CONNECTION_LOST",
  "PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR",
  "PROTOCOL_ENQUEUE_AFTER_DESTROY",
  "PROTOCOL_SEQUENCE_TIMEOUT",
]);

/** By number: the driver's names are MySQL's, and MariaDB uses some of the numbers otherwise. */
const meanings: Readonly<Record<number, Fault>> = {
  1205: { kind: "retry" }, // lock wait timeout
  1213: { kind: "retry" }, // deadlock; Galera's certification failure too
  1020: { kind: "retry" }, // the row changed since it was read (MariaDB)
  1176: { kind: "index gone" },
  1040: { kind: "unavailable" }, // too many connections
  1203: { kind: "unavailable" }, // too many connections of this user
  1226: { kind: "unavailable" }, // the user's limit is reached
  1047: { kind: "unavailable" }, // a Galera node that is not ready
  1053: { kind: "unavailable" }, // shutting down
  1077: { kind: "unavailable" }, // shutting down
  1152: { kind: "unavailable" }, // connection aborted
  1158: { kind: "unavailable" }, // network read error
  1159: { kind: "unavailable" }, // network read timeout
  1160: { kind: "unavailable" }, // network write error
  1161: { kind: "unavailable" }, // network write timeout
  1290: { kind: "unavailable" }, // read-only server, as after a fail-over
  1836: { kind: "unavailable" }, // read-only mode
  1317: { kind: "unavailable" }, // the statement was interrupted
  1969: { kind: "unavailable" }, // max_statement_time is up (MariaDB)
  3024: { kind: "unavailable" }, // max_execution_time is up (MySQL)
  4031: { kind: "unavailable" }, // the server closed a connection that was idle for too long
  1927: { kind: "unavailable" }, // connection was killed
  1050: { kind: "present" }, // table exists
  1060: { kind: "present" }, // column exists
  1061: { kind: "present" }, // index exists
  1091: { kind: "present" }, // column or index to drop is gone
};
