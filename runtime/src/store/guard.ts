import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from "kysely";
import { SignalboxError } from "../errors.ts";
import type { Dialect } from "./dialect/dialect.ts";
import { retrying } from "./retry.ts";

/** One statement as tracing sees it: its text with placeholders, never a value. */
export interface QueryEvent {
  readonly sql: string;
  readonly durationMs: number;
  /** The database's code of the failure; undefined for success. */
  readonly failure?: string | undefined;
}

/** How long a query waits for a free connection before the caller hears UNAVAILABLE. */
const acquireTimeoutMs = 10_000;

/**
 * The one place that every statement passes through: it tells of each, turns a lost
 * database into UNAVAILABLE, and repeats single statements that met a deadlock. (Those
 * of a transaction are repeated as a whole, by whoever began it.)
 */
export function guard(dialect: Dialect, driver: Driver, onQuery?: (event: QueryEvent) => void): Driver {
  const guarded = new WeakMap<DatabaseConnection, Guarded>();

  async function acquire(): Promise<DatabaseConnection> {
    const inner = await within(driver.acquireConnection(), (late) => driver.releaseConnection(late));
    let outer = guarded.get(inner);
    if (!outer) {
      outer = guardedConnection(dialect, inner, onQuery);
      guarded.set(inner, outer);
    }
    return outer;
  }
  const failing = <R>(work: Promise<R>) => work.catch((error: unknown) => Promise.reject(told(dialect, error)));
  const innerOf = (connection: DatabaseConnection) => (connection as Guarded).inner;

  return {
    init: () => failing(driver.init()),
    acquireConnection: () => failing(acquire()),
    async beginTransaction(connection, settings) {
      (connection as Guarded).single = false;
      await failing(driver.beginTransaction(innerOf(connection), { ...dialect.transaction, ...settings }));
    },
    commitTransaction: (connection) => failing(driver.commitTransaction(innerOf(connection))),
    rollbackTransaction: (connection) => failing(driver.rollbackTransaction(innerOf(connection))),
    async releaseConnection(connection) {
      (connection as Guarded).single = true;
      await driver.releaseConnection(innerOf(connection));
    },
    destroy: () => driver.destroy(),
  };
}

interface Guarded extends DatabaseConnection {
  readonly inner: DatabaseConnection;
  /** Whether statements stand alone, outside of a transaction. */
  single: boolean;
}

function guardedConnection(dialect: Dialect, inner: DatabaseConnection, onQuery: ((event: QueryEvent) => void) | undefined): Guarded {
  async function once<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const started = performance.now();
    try {
      const result = await inner.executeQuery<R>(query);
      onQuery?.({ sql: query.sql, durationMs: performance.now() - started });
      return result;
    } catch (error) {
      onQuery?.({ sql: query.sql, durationMs: performance.now() - started, failure: dialect.codeOf(error) ?? "unknown" });
      throw told(dialect, error);
    }
  }
  const guarded: Guarded = {
    inner,
    single: true,
    executeQuery: (query) =>
      guarded.single
        ? retrying(
            () => once(query),
            (error) => dialect.explain(error)?.kind === "retry",
          )
        : once(query),
    streamQuery: (query, chunkSize) => inner.streamQuery(query, chunkSize),
  };
  return guarded;
}

/** What callers hear of a database that is not there. */
export const databaseAway = "the database cannot be reached";

function told(dialect: Dialect, error: unknown): unknown {
  if (error instanceof SignalboxError || dialect.explain(error)?.kind !== "unavailable") return error;
  return unavailable(databaseAway, error);
}

const unavailable = (message: string, cause?: unknown) => new SignalboxError(Reason.UNAVAILABLE, message, { retryAfterMs: 1000, cause });

/** The connection, or UNAVAILABLE after ten seconds; one that comes later is given back. */
async function within(
  acquired: Promise<DatabaseConnection>,
  giveBack: (late: DatabaseConnection) => Promise<void>,
): Promise<DatabaseConnection> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(unavailable("all connections to the database are busy"));
      acquired.then(giveBack).catch(() => {});
    }, acquireTimeoutMs);
  });
  try {
    return await Promise.race([acquired, late]);
  } finally {
    clearTimeout(timer);
  }
}
