import { recordOf } from "@signalbox/runtime/audit/mutation.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import { hashOf, putDocuments } from "@signalbox/runtime/store/document.ts";
import { type GroupCommit, groupCommit } from "@signalbox/runtime/store/group-commit.ts";
import type { Outbox } from "@signalbox/runtime/store/outbox.ts";
import { sql, type Transaction } from "kysely";
import { runChange } from "../report/events.ts";
import { never, noHash, type RunsTables, type RunTable } from "../tables.ts";

/** A run that is to be: its number, and its documents, are not in the row yet. */
export interface NewRun {
  readonly row: RunTable;
  /** Texts; empty for none. */
  readonly plan: string;
  readonly parameters: string;
  readonly call: Call;
}

export interface AddingNeeds {
  readonly database: Database<RunsTables>;
  readonly outbox: Outbox;
  readonly clock: Clock;
}

/** Adds runs, each with its number, its audit event and word of it. */
export type Adding = GroupCommit<NewRun, RunTable>;

/**
 * Those of calls that come at the same time share a transaction: the counter of a pipeline stays taken until its runs are there, so
 * one after another they would wait for as many commits. Where it fails, each has one of its own. A key
 * that is taken fails as the database says it.
 */
export function adding({ database, outbox, clock }: AddingNeeds): Adding {
  const { dialect } = database;
  const write = (batch: readonly NewRun[]) =>
    database.transact(async (trx) => {
      await keepTexts(trx, dialect, batch);
      const indexes = await takeIndexes(trx, dialect, batch);
      const runs = batch.map(({ row, plan, parameters }): RunTable => {
        return { ...row, plan: named(plan), parameters: named(parameters), index: indexes.get(row) as number };
      });
      await trx
        .insertInto("runsRun")
        .values(
          runs.map((run) => ({
            ...run,
            heartbeatExpiresTime: run.heartbeatTimeout > 0 ? expiresIn(dialect, run.heartbeatTimeout) : never,
          })),
        )
        .execute();
      const { service } = outbox;
      const records = batch.flatMap(({ row, call }) =>
        recordOf(call, { subject: toUuid(row.id), project: toUuid(row.projectId) }, { service, time: clock() }),
      );
      await outbox.append(trx, [...runs.map((run) => runChange(run, run.createTime)), ...records]);
      return runs;
    });
  return groupCommit<NewRun, RunTable>({
    maxBatch: 64,
    async commit(batch) {
      const runs = await write(batch);
      outbox.committed();
      return runs;
    },
  });
}

/** A time so far from now by the database's clock. */
export const expiresIn = (dialect: Dialect, micros: number) => sql<number>`${dialect.now()} + ${sql.lit(micros)}`;

const named = (text: string): Buffer => (text === "" ? noHash : hashOf(text));

async function keepTexts(trx: Transaction<RunsTables>, dialect: Dialect, batch: readonly NewRun[]): Promise<void> {
  for (const some of Map.groupBy(batch, ({ row }) => row.workspaceId.toString("latin1")).values()) {
    const texts = new Set(some.flatMap(({ plan, parameters }) => [plan, parameters]).filter((text) => text !== ""));
    const [{ row }] = some as [NewRun];
    if (texts.size > 0) await putDocuments({ db: trx, dialect, prefix: "runs" }, row.workspaceId, [...texts], row.createTime);
  }
}

/** The numbers of new runs, each the next of its pipeline. The counters stay taken until the runs are there, so the numbers have no gaps. */
async function takeIndexes(trx: Transaction<RunsTables>, dialect: Dialect, batch: readonly NewRun[]): Promise<Map<RunTable, number>> {
  const keyOf = ({ workspaceId, pipelineId }: RunTable) => `${workspaceId.toString("hex")}/${pipelineId.toString("hex")}`;
  // In order, so that two batches with the same pipelines do not wait for each other in a circle.
  const pipelines = [
    ...Map.groupBy(
      batch.map(({ row }) => row),
      keyOf,
    ),
  ].sort(([a], [b]) => (a < b ? -1 : 1));
  const indexes = new Map<RunTable, number>();
  for (const [, rows] of pipelines) {
    const last = await countUp(trx, dialect, rows[0] as RunTable, rows.length);
    for (const [i, row] of rows.entries()) indexes.set(row, last - rows.length + 1 + i);
  }
  return indexes;
}

async function countUp(trx: Transaction<RunsTables>, dialect: Dialect, { workspaceId, pipelineId }: RunTable, by: number): Promise<number> {
  const bump = () =>
    trx
      .updateTable("runsCounter")
      .set((row) => ({ value: row("value", "+", by) }))
      .where("workspaceId", "=", workspaceId)
      .where("pipelineId", "=", pipelineId)
      .executeTakeFirst();
  if ((await bump()).numUpdatedRows === 0n) {
    const first = trx.insertInto("runsCounter").values({ workspaceId, pipelineId, value: 0 });
    await dialect.onConflict(first, ["workspaceId", "pipelineId"], []).execute();
    await bump();
  }
  const { value } = await trx
    .selectFrom("runsCounter")
    .select("value")
    .where("workspaceId", "=", workspaceId)
    .where("pipelineId", "=", pipelineId)
    .executeTakeFirstOrThrow();
  return value;
}
