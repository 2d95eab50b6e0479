import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from "kysely";
import { keyOf } from "./sqlite-key.ts";

/** Prepared statements kept; the one used longest ago goes first. */
const statementsKept = 512;
/** After this long without a turn of the event loop, the next query waits for one: answers that never wait starve timers and sockets. */
const turnAfterMs = 4;

/** A driver over one file. Statements run synchronously, and one at a time. */
export function sqliteDriver(file: string): Driver {
  let db: DatabaseSync | undefined;
  let connection: DatabaseConnection | undefined;
  let lastTurn = 0;
  const run = (text: string) => connection?.executeQuery(CompiledQuery.raw(text));
  return {
    async init() {
      db = new DatabaseSync(file, { timeout: 0, enableForeignKeyConstraints: false });
      db.exec("pragma journal_mode = wal; pragma synchronous = full; pragma temp_store = memory; pragma cache_size = -8000");
      connection = connectionOf(db);
    },
    async acquireConnection() {
      if (performance.now() - lastTurn > turnAfterMs) {
        await nextTurn();
        lastTurn = performance.now();
      }
      if (!connection) throw new Error("the database is not open");
      return connection;
    },
    async beginTransaction() {
      await run("begin immediate");
    },
    async commitTransaction() {
      await run("commit");
    },
    async rollbackTransaction() {
      // Some faults, a full disk for one, have rolled the transaction back already.
      if (db?.isTransaction) await run("rollback");
    },
    async releaseConnection() {},
    async destroy() {
      db?.close();
      db = connection = undefined;
    },
  };
}

interface Prepared {
  readonly statement: StatementSync;
  readonly reads: boolean;
}

function connectionOf(db: DatabaseSync): DatabaseConnection {
  const kept = new Map<string, Prepared>();

  function prepare(text: string): Prepared {
    const known = kept.get(text);
    if (known) kept.delete(text);
    const statement = known?.statement ?? db.prepare(text);
    const prepared = known ?? { statement, reads: statement.columns().length > 0 };
    kept.set(text, prepared);
    if (kept.size > statementsKept) kept.delete(kept.keys().next().value as string);
    return prepared;
  }

  return {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      try {
        const { statement, reads } = prepare(sql);
        const values = parameters as SQLInputValue[];
        if (reads) return { rows: statement.all(...values).map(withBuffers) as R[] };
        const { changes } = statement.run(...values);
        if (schema.test(sql)) kept.clear();
        return { numAffectedRows: BigInt(changes), rows: [] };
      } catch (error) {
        throw keyOf(db, error);
      }
    },
    streamQuery() {
      throw new Error("rows are read in pages, not streamed");
    },
  };
}

/** Statements after which those prepared before may show other columns. */
const schema = /^\s*(create|alter|drop)\b/i;

function withBuffers(row: Record<string, unknown>): Record<string, unknown> {
  for (const column in row) {
    const value = row[column];
    if (value instanceof Uint8Array) row[column] = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
  return row;
}
