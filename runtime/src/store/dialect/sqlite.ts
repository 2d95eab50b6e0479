import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from "kysely";
import { bulkOfValues } from "./bulk.ts";
import type { Dialect } from "./dialect.ts";
import { rangeOf } from "./prefix.ts";
import { sqliteDriver } from "./sqlite-driver.ts";

/** The embedded default: one file, one connection. */
export const sqlite: Dialect = {
  name: "sqlite",
  types: {
    id: "blob",
    name: "text",
    text: "text",
    document: "text",
    bytes: "blob",
    hash: "blob",
    time: "integer",
    int: "integer",
    float: "real",
    flag: "integer",
    enum: "integer",
  },
  grammar: {
    // The adapter says that there is one connection, so Kysely hands it out to one query or transaction at a time.
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  },
  transaction: {},
  transactionalDdl: true,
  partialIndexes: false,
  constant: (_, value) => (Buffer.isBuffer(value) ? sql.raw(`x'${value.toString("hex")}'`) : sql.lit(value)),
  dropIndex: (db, _, index) => db.schema.dropIndex(index).execute(),

  driver: (url) => sqliteDriver(fileOf(url)),

  onConflict: (insert, key, overwrite) =>
    insert.onConflict((conflict) => {
      const target = conflict.columns(key as never);
      if (overwrite.length === 0) return target.doNothing();
      return target.doUpdateSet(Object.fromEntries(overwrite.map((column) => [column, sql.ref(`excluded.${column}`)])) as never);
    }),

  pipelines: false,
  rowRanges: true,
  bulk: bulkOfValues({
    quote: '"',
    compiles: true,
    onConflict: (key, assignments) =>
      `on conflict (${key.join(", ")}) ${assignments.length > 0 ? `do update set ${assignments.join(", ")}` : "do nothing"}`,
    wanted: (column) => `excluded.${column}`,
    update: (table, names, count, set, where) => {
      const tuple = `(${names.map(() => "?").join(", ")})`;
      const values = Array.from({ length: count }, () => tuple).join(", ");
      const named = names.map((name, i) => `column${i + 1} as ${name}`).join(", ");
      return `update ${table} set ${set.map((column) => `${column} = v.${column}`).join(", ")} from (select ${named} from (values ${values})) as v where ${where.join(" and ")}`;
    },
  }),

  readBy: (query) => query,

  compares: (column, operator, text) => sql`${column} ${sql.raw(operator)} ${text}`,

  within: (column, text, match) => {
    if (match === "prefix") return rangeOf(column, text);
    return match === "part" || text === "" ? sql`instr(${column}, ${text}) > 0` : sql`substr(${column}, ${-[...text].length}) = ${text}`;
  },

  indexColumns: (table) => sql`
    select indexes.name as name, indexes."unique" as "distinct", parts.name as part
    from pragma_index_list(${table}) as indexes join pragma_index_info(indexes.name) as parts
    order by indexes.name, parts.seqno`,

  now: () => sql<number>`cast(round(unixepoch('now', 'subsec') * 1000000) as integer)`,

  explain: (error) => {
    const { errcode, key, message } = error as { errcode?: number; key?: string; message?: string };
    if (errcode === undefined) return undefined;
    if (errcode === 1555 || errcode === 2067) return { kind: "taken", key: key ?? "" };
    const primary = errcode & 0xff;
    if (primary === 5 || primary === 6) return { kind: "retry" }; // busy, locked
    if (primary === 10 || primary === 13 || primary === 14) return { kind: "unavailable" }; // I/O, full, cannot open
    return primary === 1 && /already exists|duplicate column/.test(message ?? "") ? { kind: "present" } : undefined;
  },
  codeOf: (error) => {
    const { code, errcode } = error as { code?: string; errcode?: number };
    return errcode === undefined ? code : String(errcode);
  },
};

/** The path in "sqlite:///srv/data/runs.db", or ":memory:". */
function fileOf(url: string): string {
  return url === "sqlite::memory:" ? ":memory:" : decodeURIComponent(new URL(url).pathname);
}
