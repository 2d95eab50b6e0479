import type { PostgresPool, PostgresPoolClient } from "kysely";
import type { Pool, PoolClient } from "pg";

/** Statements that are prepared by name, at most, on each connection: those of a program are few, and the server keeps each. */
const mostPrepared = 200;

/**
 * A pool whose connections save round trips: a transaction begins on the way of its first statement, what is sent together
 * leaves in one write, and writes that come again are prepared. Reads are not: the plan of one that looks for much may not serve one that looks for little.
 * PgBouncer follows named statements since 1.21 in every mode of pooling (max_prepared_statements).
 */
export function savingPool(pool: Pool): PostgresPool {
  const names = new Map<string, string>();
  let named = 0;
  const known = new WeakMap<PoolClient, PostgresPoolClient>();

  /** The second time that a statement comes it gets a name. */
  function nameOf(text: string): string | undefined {
    if (!writes.test(text)) return undefined;
    const name = names.get(text);
    if (name === undefined) {
      if (names.size < mostPrepared) names.set(text, "");
      return undefined;
    }
    if (name !== "") return name;
    const given = `signalbox_${++named}`;
    names.set(text, given);
    return given;
  }

  function saving(client: PoolClient): PostgresPoolClient {
    let begun: Promise<unknown> | undefined;
    let held: { cork(): void; uncork(): void } | undefined;

    /** What is sent in one turn leaves in one write. */
    function hold(): void {
      if (held) return;
      held = client.connection.stream;
      held.cork();
      process.nextTick(() => {
        held?.uncork();
        held = undefined;
      });
    }

    return {
      query: ((text: string, values: readonly unknown[] = []) => {
        hold();
        if (begins.test(text)) {
          begun = client.query({ text });
          // Whoever sends the next statement hears of it.
          begun.catch(() => {});
          return Promise.resolve({ command: "BEGIN", rowCount: 0, rows: [] });
        }
        const name = nameOf(text);
        const answer = client.query(name === undefined ? { text, values } : { name, text, values });
        const before = begun;
        if (!before) return answer;
        begun = undefined;
        answer.catch(() => {});
        return before.then(() => answer);
      }) as PostgresPoolClient["query"],
      release: (error) => client.release(error as never),
    };
  }

  return {
    async connect() {
      const client = await pool.connect();
      let wrapped = known.get(client);
      if (!wrapped) {
        wrapped = saving(client);
        known.set(client, wrapped);
      }
      return wrapped;
    },
    end: () => pool.end(),
    options: pool.options,
  } as PostgresPool;
}

const begins = /^(begin|start transaction)\b/;
const writes = /^(insert|update)\b/;
