import { type Kysely, sql } from "kysely";
import { notFound } from "../errors.ts";
import { type Id, toUuid } from "../ids.ts";

/** Versions that are numbered within what they are versions of. */
export interface Numbered {
  /** The table of what has versions, with the columns latestNumber, the highest there is, and lastNumber, the highest ever given. */
  readonly table: string;
  /** The type of such a row, as errors name it: "model". */
  readonly type: string;
  /** The table of the versions. */
  readonly versions: string;
  /** The column in which a version names its row: "modelId". */
  readonly of: string;
}

// biome-ignore lint/suspicious/noExplicitAny: any service's database, whatever else it holds
type Db = Kysely<any>;

/** Gives numbers to versions. */
export function numbers({ table, type, versions, of }: Numbered) {
  const update = (trx: Db, workspaceId: Id, id: Id) => trx.updateTable(table).where("workspaceId", "=", workspaceId).where("id", "=", id);

  return {
    /**
     * Takes the next number. The row stays held until the transaction ends, and
     * one that fails gives the number back: no gaps, no doubles. Fails with NOT_FOUND.
     */
    async take(trx: Db, workspaceId: Id, id: Id): Promise<number> {
      const { numUpdatedRows } = await update(trx, workspaceId, id)
        // In this order: MySQL reads what the assignments before it wrote.
        .set({ latestNumber: sql<number>`last_number + 1`, lastNumber: sql<number>`last_number + 1` })
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw notFound(type, toUuid(id));
      const query = trx.selectFrom(table).select("lastNumber").where("workspaceId", "=", workspaceId).where("id", "=", id);
      const { lastNumber } = await query.executeTakeFirstOrThrow();
      return lastNumber;
    },

    /** Holds the row until the transaction ends, so that what concerns all its versions happens one after another. Fails with NOT_FOUND. */
    async hold(trx: Db, workspaceId: Id, id: Id): Promise<void> {
      const { numUpdatedRows } = await update(trx, workspaceId, id)
        .set((row) => ({ lastNumber: row.ref("lastNumber") }))
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw notFound(type, toUuid(id));
    },

    /** Finds the highest number again after a version went. The row is held. */
    async findLatest(trx: Db, workspaceId: Id, id: Id): Promise<void> {
      const { latest } = await trx
        .selectFrom(versions)
        .select((row) => row.fn.max<number | null>("number").as("latest"))
        .where("workspaceId", "=", workspaceId)
        .where(of, "=", id)
        .executeTakeFirstOrThrow();
      await update(trx, workspaceId, id)
        .set({ latestNumber: latest ?? 0 })
        .execute();
    },
  };
}
