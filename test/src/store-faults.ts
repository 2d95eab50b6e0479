import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import type { DatabaseOptions } from "@signalbox/runtime/store/database.ts";
import type { Dialect, DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { DatabaseConnection, Driver } from "kysely";
import { type Dice, dice } from "./dice.ts";

/** What can go wrong with a statement or a commit. */
export type Fault =
  /** The connection is lost before anything is done. */
  | "lost"
  /** The time is up before anything is done. */
  | "late"
  /** It is done, and the answer is lost. */
  | "done, reported lost"
  /** It is done, and reported as too late. */
  | "done, reported late";

export interface StoreFaults {
  /** To be put around the drivers of a plane: see `startPlane`. */
  readonly around: NonNullable<DatabaseOptions["around"]>;
  /** From here on each statement and commit fails with this probability. Before it, and with 0, none does. */
  arm(probability: number): void;
  /** How often each fault happened. */
  readonly counts: Readonly<Record<Fault, number>>;
}

const kinds: readonly Fault[] = ["lost", "late", "done, reported lost", "done, reported late"];

/** A store that fails now and then, in an order that follows from the seed. */
export function storeFaults(seed: number): StoreFaults {
  const roll = dice(seed);
  const counts: Record<Fault, number> = { lost: 0, late: 0, "done, reported lost": 0, "done, reported late": 0 };
  let probability = 0;
  const next = (): Fault | undefined => {
    if (roll() >= probability) return undefined;
    const kind = kinds[Math.floor(roll() * kinds.length)] as Fault;
    counts[kind] += 1;
    return kind;
  };
  return {
    around: (driver, dialect) => failing(driver, dialect, next, roll),
    arm: (each) => {
      probability = each;
    },
    counts,
  };
}

interface Outer extends DatabaseConnection {
  readonly inner: DatabaseConnection;
  /** Lost: nothing more gets through until the pool has another. */
  broken: boolean;
  /** Whether the engine has a transaction open. */
  open: boolean;
}

function failing(driver: Driver, { name }: Dialect, next: () => Fault | undefined, roll: Dice): Driver {
  const known = new WeakMap<DatabaseConnection, Outer>();
  const failures = said[name];

  async function faulty<R>(connection: Outer, work: () => Promise<R>): Promise<R> {
    if (connection.broken) throw failures.lost();
    const fault = next();
    if (fault === undefined) return work();
    if (fault.startsWith("done")) await work();
    if (fault.endsWith("late")) {
      await sleep(roll() * 50);
      throw fault === "late" ? failures.late() : failures.lateAfterAll();
    }
    connection.broken = true;
    throw failures.lost();
  }

  function around(inner: DatabaseConnection): Outer {
    const outer: Outer = {
      inner,
      broken: false,
      open: false,
      executeQuery: (query) => faulty(outer, () => inner.executeQuery(query)),
      streamQuery: (query, chunkSize) => inner.streamQuery(query, chunkSize),
    };
    return outer;
  }

  return {
    init: () => driver.init(),
    async acquireConnection() {
      const inner = await driver.acquireConnection();
      const outer = known.get(inner) ?? around(inner);
      known.set(inner, outer);
      outer.broken = false;
      return outer;
    },
    async beginTransaction(connection, settings) {
      const outer = connection as Outer;
      await faulty(outer, () => driver.beginTransaction(outer.inner, settings)).finally(() => {
        outer.open = true;
      });
    },
    async commitTransaction(connection) {
      const outer = connection as Outer;
      await faulty(outer, async () => {
        await driver.commitTransaction(outer.inner);
        outer.open = false;
      });
    },
    async rollbackTransaction(connection) {
      const outer = connection as Outer;
      // What a server does with the transaction of a connection that is lost.
      if (outer.open) await driver.rollbackTransaction(outer.inner);
      outer.open = false;
      if (outer.broken) throw failures.lost();
    },
    async releaseConnection(connection) {
      const outer = connection as Outer;
      if (outer.open) await driver.rollbackTransaction(outer.inner);
      outer.open = false;
      await driver.releaseConnection(outer.inner);
    },
    destroy: () => driver.destroy(),
  };
}

interface Failures {
  readonly lost: () => Error;
  readonly late: () => Error;
  /** Where it is done all the same; never a failure that says it is not. */
  readonly lateAfterAll: () => Error;
}

const error = (message: string, fields: object) => Object.assign(new Error(message), fields);

/** What the drivers say of such failures. */
const said: Readonly<Record<DialectName, Failures>> = {
  postgres: {
    lost: () => new Error("Connection terminated unexpectedly"),
    late: () => error("canceling statement due to statement timeout", { code: "57014" }),
    lateAfterAll: () => new Error("Query read timeout"),
  },
  mysql: {
    lost: () => error("Connection lost: The server closed the connection.", { code: "PROTOCOL_CONNECTION_LOST", fatal: true }),
    late: () => error("Query execution was interrupted (max_statement_time exceeded)", { code: "ER_STATEMENT_TIMEOUT", errno: 1969 }),
    lateAfterAll: () => error("Query inactivity timeout", { code: "PROTOCOL_SEQUENCE_TIMEOUT", fatal: true }),
  },
  sqlite: {
    lost: () => error("disk I/O error", { code: "ERR_SQLITE_ERROR", errcode: 10 }),
    late: () => error("database is locked", { code: "ERR_SQLITE_ERROR", errcode: 5 }),
    lateAfterAll: () => error("disk I/O error", { code: "ERR_SQLITE_ERROR", errcode: 1034 }),
  },
};
