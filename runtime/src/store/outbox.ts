import type { CompiledQuery, Kysely } from "kysely";
import type { Wakeups } from "../cache/wakeups.ts";
import type { Micros } from "../clock.ts";
import { type Id, newId } from "../ids.ts";
import { columnsOf, createIndexes, createTable } from "./create-table.ts";
import type { Database } from "./database.ts";
import type { BulkTable } from "./dialect/bulk.ts";
import type { Dialect } from "./dialect/dialect.ts";
import { portions } from "./portions.ts";
import { sendAll } from "./send-all.ts";
import { onCommit } from "./transact.ts";

/** A row of `<service>_outbox`: something that changed, for others to hear of. The table is the log. */
export interface OutboxTable {
  readonly id: Id;
  /** Its number in the log, without gaps but for what later events stand for; 0 until the relay has numbered it. */
  readonly sequence: number;
  /** All zeros in the control plane. */
  readonly workspaceId: Id;
  /** What happened, such as "run.ended". */
  readonly kind: string;
  /** What it happened to. */
  readonly subject: Id;
  readonly payload: Buffer;
  readonly createdTime: Micros;
}

/** An event as its writer gives it. */
export type NewEvent = Omit<OutboxTable, "id" | "sequence">;

/** Events after a cursor. */
export interface Pulled {
  readonly events: readonly OutboxTable[];
  /** Where to go on from. */
  readonly upto: number;
  /** The log does not reach back to the cursor: the reader reads the state itself, and then goes on from `upto`. */
  readonly resync: boolean;
}

export interface Outbox {
  readonly service: string;
  /** The topic that is notified when rows wait to be numbered, and the one when there is more to pull. */
  readonly topics: { readonly written: string; readonly numbered: string };
  /** Writes events with the change they tell of, in its transaction. When that is committed, the relay is told to look now. */
  // biome-ignore lint/suspicious/noExplicitAny: any transaction of the service
  append(trx: Kysely<any>, events: readonly NewEvent[]): Promise<void>;
  /** The same as statements, for those who send them with others of the transaction. */
  // biome-ignore lint/suspicious/noExplicitAny: any transaction of the service
  appending(trx: Kysely<any>, events: readonly NewEvent[]): CompiledQuery[];
  /** Reads the log after a cursor: the sequence of the last event that was handled. `kinds` empty stands for all. */
  pull(after: number, limit: number, kinds?: readonly string[]): Promise<Pulled>;
  /** Drops a bounded number of events older than `time`. Resolves with how many. */
  prune(time: Micros): Promise<number>;
}

const columns = {
  ...{ id: "id", sequence: "int", workspaceId: "id", kind: "name", subject: "id", payload: "bytes", createdTime: "time" },
} as const satisfies BulkTable["columns"];

/** The table of the outbox, for the service's migration. */
export async function createOutboxTable(db: Kysely<unknown>, { types }: Dialect, service: string): Promise<void> {
  await createTable(db, `${service}_outbox`, columnsOf({ columns }, types), ["id"]);
  await createIndexes(db, `${service}_outbox`, { sequence: ["sequence", "id"] });
}

const pruned = 1000;

export function outbox(database: Pick<Database<never>, "db" | "dialect">, service: string, wakeups: Pick<Wakeups, "notify">): Outbox {
  const db = database.db as unknown as Kysely<Record<string, OutboxTable>>;
  const { bulk } = database.dialect;
  const table = `${service}_outbox`;
  const topics = { written: `${service}.outbox`, numbered: `${service}.events` };

  async function edge(direction: "asc" | "desc"): Promise<number> {
    const row = await db
      .selectFrom(table)
      .select("sequence")
      .where("sequence", ">", 0)
      .orderBy("sequence", direction)
      .limit(1)
      .executeTakeFirst();
    return row?.sequence ?? 0;
  }

  const told = () => wakeups.notify(topics.written);

  // biome-ignore lint/suspicious/noExplicitAny: any transaction of the service
  function appending(trx: Kysely<any>, events: readonly NewEvent[]): CompiledQuery[] {
    if (events.length > 0) onCommit(trx, told);
    const rows = events.map((event) => ({ ...event, id: newId(), sequence: 0 }));
    return [...portions(rows, ({ payload }) => 256 + payload.length)].flatMap((some) => bulk.insert({ name: table, columns }, some));
  }

  return {
    service,
    topics,

    append: async (trx, events) => void (await sendAll(trx, database.dialect, appending(trx, events))),
    appending,

    async pull(after, limit, kinds = []) {
      // The end first: what is numbered meanwhile is for the next pull.
      const last = await edge("desc");
      if (after === last) return { events: [], upto: last, resync: false };
      if (after > last || after + 1 < (await edge("asc"))) return { events: [], upto: last, resync: true };
      const all = db
        .selectFrom(table)
        .selectAll()
        .where("sequence", ">", after)
        .where("sequence", "<=", last)
        .orderBy("sequence")
        .limit(limit);
      const events = await (kinds.length > 0 ? all.where("kind", "in", kinds) : all).execute();
      return { events, upto: events.length < limit ? last : (events.at(-1)?.sequence ?? last), resync: false };
    },

    async prune(time) {
      // The newest stays, however old: the next number follows from it.
      const last = await edge("desc");
      const oldest = await db
        .selectFrom(table)
        .select(["sequence", "createdTime"])
        .where("sequence", ">", 0)
        .orderBy("sequence")
        .limit(pruned)
        .execute();
      const young = oldest.findIndex(({ sequence, createdTime }) => createdTime >= time || sequence === last);
      const upto = oldest.at(young === -1 ? -1 : young - 1)?.sequence;
      if (young === 0 || upto === undefined) return 0;
      const { numDeletedRows } = await db.deleteFrom(table).where("sequence", ">", 0).where("sequence", "<=", upto).executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}
