import type { Micros } from "@signalbox/runtime/clock.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Transaction } from "kysely";
import type { Context } from "../context.ts";
import type { Change } from "../report/change.ts";
import type { RunsTables, RunTable, WaitConditionTable } from "../tables.ts";

/** A run whose conditions nobody else changes until the end of the transaction. */
export interface HeldRun {
  readonly trx: Transaction<RunsTables>;
  readonly run: RunTable;
  /** The database's clock. */
  readonly dbNow: Micros;
  /** Reads one of its conditions. Fails with NOT_FOUND. */
  find(reference: string): Promise<WaitConditionTable>;
  change(row: WaitConditionTable, values: Partial<WaitConditionTable>): Promise<WaitConditionTable>;
  /** Changes the run. Fails as the first change that is refused. */
  apply(changes: readonly Change[]): Promise<void>;
}

type Holding = Pick<Context, "database" | "reporting" | "waits" | "clock">;

/**
 * Takes the row of the run first, whatever is done to its conditions: who waits, who answers and who finds a lease run out do so one
 * after another, and each sees what the other did.
 */
export async function holdRun(
  { database, reporting, waits, clock }: Holding,
  trx: Transaction<RunsTables>,
  workspace: Id,
  id: Id,
): Promise<HeldRun> {
  const { run } = await reporting.within(trx, { workspace, run: id, changes: [] }, true);
  const { now: dbNow } = await trx
    .selectFrom("runsRun")
    .select(database.dialect.now().as("now"))
    .where("workspaceId", "=", workspace)
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return {
    trx,
    run,
    dbNow,
    async find(reference) {
      const found = await waits.find(workspace, id, reference, trx);
      if (!found) throw notFound("wait_condition", reference);
      return found;
    },
    async change(row, values) {
      const set = { ...values, updateTime: clock() };
      await trx.updateTable("runsWaitCondition").set(set).where("workspaceId", "=", workspace).where("id", "=", row.id).execute();
      return { ...row, ...set };
    },
    async apply(changes) {
      const { refusals } = await reporting.within(trx, { workspace, run: id, changes }, false);
      const refusal = refusals.find((each) => each !== undefined);
      if (refusal) throw refusal;
    },
  };
}
