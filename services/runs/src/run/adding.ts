import { recordOf } from "@signalbox/runtime/audit/mutation.ts";
import type { Clock, Micros } from "@signalbox/runtime/clock.ts";
import { type Id, keyIn, toUuid } from "@signalbox/runtime/ids.ts";
import type { KnownTag } from "@signalbox/runtime/resource/tags/known.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { BulkRow } from "@signalbox/runtime/store/dialect/bulk.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import { hashOf, keeping, type NewDocument } from "@signalbox/runtime/store/document.ts";
import { type GroupCommit, groupCommit } from "@signalbox/runtime/store/group-commit.ts";
import type { NewEvent, Outbox } from "@signalbox/runtime/store/outbox.ts";
import { type Rows, sendAll } from "@signalbox/runtime/store/send-all.ts";
import { sql, type Transaction } from "kysely";
import type { Copies } from "../replay/copies.ts";
import type { OverrideTable } from "../replay/tables.ts";
import {
  children,
  codes,
  counters,
  events,
  newRuns,
  outputs,
  overrides,
  placedInputs,
  runTraits,
  steps,
  traits,
} from "../report/columns.ts";
import { edgesEvents, runCreation } from "../report/events.ts";
import { Stopping } from "../status/derive.ts";
import { type ChildTable, never, noHash, Parts, type RunsTables, type RunTable } from "../tables.ts";
import { cascadeOf } from "./cascade.ts";
import { hold } from "./hold.ts";
import { naming, type Unnamed } from "./naming.ts";
import { requireStarting } from "./nesting.ts";
import type { RunTraitTable } from "./tables.ts";
import { runTags } from "./tags.ts";
import { runWords } from "./words.ts";

/** A run that is to be: its name, its number and its documents are not in the row yet. */
export interface NewRun extends Unnamed {
  readonly row: RunTable;
  /** Texts; empty for none. */
  readonly plan: string;
  readonly parameters: string;
  readonly tags: readonly KnownTag[];
  /** Those of them that its outputs get too; none where absent. */
  readonly cascading?: readonly KnownTag[];
  readonly trait?: RunTraitTable | undefined;
  /** Of its orchestrator, as its trait names it. */
  readonly environment?: string;
  /** The steps that it begins with, and what others of it are to consume instead; none where absent. */
  readonly copies?: Copies;
  readonly overrides?: readonly OverrideTable[];
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
export function adding({ database, outbox, clock }: AddingNeeds, maxBatch = 64): Adding {
  const { dialect } = database;
  const copying = (batch: readonly NewRun[]) => {
    const { bulk } = dialect;
    const rowsOf = (part: keyof Copies) => batch.flatMap(({ copies }) => (copies?.[part] ?? []) as unknown as readonly BulkRow[]);
    return [
      ...bulk.insert(steps, rowsOf("steps")),
      ...bulk.insert(placedInputs, rowsOf("inputs")),
      ...bulk.insert(outputs, rowsOf("outputs")),
      ...bulk.insert(codes, rowsOf("codes")),
      ...bulk.insert(traits, rowsOf("traits")),
      ...bulk.insert(events, rowsOf("events")),
      ...bulk.insert(
        overrides,
        batch.flatMap((each) => (each.overrides ?? []) as unknown as readonly BulkRow[]),
      ),
    ];
  };
  const write = (batch: readonly NewRun[]) =>
    database.transact(async (trx) => {
      await requireOpen(
        trx,
        batch.map(({ row }) => row).filter(({ nested }) => nested === 1),
      );
      const documents = keeping({ db: trx, dialect, prefix: "runs" }, batch.flatMap(textsOf), clock());
      const counted = countingUp(trx, dialect, batch);
      const called = naming(trx, batch);
      const looks = await sendAll(trx, dialect, [...counted.statements, ...called.statements, ...documents.look]);
      const { indexOf, dbNow } = counted.read(looks.splice(0, counted.statements.length));
      const names = called.read(looks.splice(0, called.statements.length).flat());
      const runs = batch.map(({ row, plan, parameters, trait }, i): RunTable => {
        const expires = row.heartbeatTimeout > 0 ? dbNow + row.heartbeatTimeout : never;
        const name = names[i] as string;
        const documented = { plan: hashed(plan), parameters: hashed(parameters) };
        const parts = trait ? row.parts | Parts.TRAITS : row.parts;
        return { ...row, name, ...documented, parts, index: indexOf(row), heartbeatExpiresTime: expires };
      });
      const { service } = outbox;
      const records = batch.flatMap(({ row, call }) =>
        recordOf(call, { subject: toUuid(row.id), project: toUuid(row.projectId) }, { service, time: clock() }),
      );
      const cascades = batch.flatMap(({ cascading = [] }, i) => cascadeOf(runs[i] as RunTable, cascading, clock()));
      await sendAll(trx, dialect, [
        ...documents.missing(looks.flat()),
        // First, so that of two with one key the later hears of that and not of their name.
        ...dialect.bulk.insert(children, runs.flatMap(childOf)),
        ...dialect.bulk.insert(newRuns, runs as unknown as readonly BulkRow[]),
        ...dialect.bulk.insert(
          runTraits,
          batch.flatMap(({ trait }) => (trait ? [trait as unknown as BulkRow] : [])),
        ),
        ...runWords.adding(dialect, runs),
        ...copying(batch),
        ...outbox.appending(trx, [
          ...batch.flatMap(edgesIn),
          ...runs.flatMap((run) => runCreation(run, run.createTime)),
          ...cascades,
          ...records,
        ]),
      ]);
      const tagged = batch.flatMap(({ tags }, i) => (tags.length > 0 ? [{ holder: runs[i] as RunTable, tags }] : []));
      if (tagged.length > 0) await runTags.attach(trx, dialect, tagged, clock());
      return runs;
    });
  return groupCommit<NewRun, RunTable>({
    maxBatch,
    commit: write,
  });
}

/** A time so far from now by the database's clock. */
export const expiresIn = (dialect: Dialect, micros: number) => sql<number>`${dialect.now()} + ${sql.lit(micros)}`;

/** What others hear of the steps that a run begins with. */
const edgesIn = ({ copies, row: { createTime } }: NewRun): NewEvent[] => (copies ? edgesEvents(copies.steps, copies, createTime) : []);

const hashed = (text: string): Buffer => (text === "" ? noHash : hashOf(text));

const textsOf = ({ row: { workspaceId }, plan, parameters, environment = "" }: NewRun): NewDocument[] =>
  [plan, parameters, environment].filter((text) => text !== "").map((text) => ({ workspaceId, text }));

const childOf = ({ workspaceId, parentRunId, childKey, id, nested }: RunTable): BulkRow[] =>
  nested === 1 ? [{ workspaceId, parentRunId, key: childKey, runId: id } satisfies ChildTable] : [];

/**
 * Keeps the parents of new runs as they are until these are there: whoever stops a parent then finds them. Fails with RUN_ENDED
 * where one starts nothing any more.
 */
async function requireOpen(trx: Transaction<RunsTables>, nested: readonly RunTable[]): Promise<void> {
  if (nested.length === 0) return;
  await hold(
    trx,
    nested.map(({ workspaceId, parentRunId }) => ({ workspace: workspaceId, run: parentRunId })),
  );
  const closed = await trx
    .selectFrom("runsRun")
    .select(["inProgress", "stopping"])
    .where((row) => row.or(nested.map(({ workspaceId, parentRunId }) => row.and({ workspaceId, id: parentRunId }))))
    .where((row) => row.or([row("inProgress", "=", 0), row("stopping", "!=", Stopping.NO)]))
    .limit(1)
    .executeTakeFirst();
  if (closed) requireStarting(closed);
}

interface Counted {
  /** The number of a run, the next of its pipeline: in order of the batch. */
  indexOf(row: RunTable): number;
  /** The database's clock. */
  readonly dbNow: Micros;
}

/** Takes numbers for runs. The counters stay taken until the runs are there, so the numbers have no gaps. */
function countingUp(trx: Transaction<RunsTables>, dialect: Dialect, batch: readonly NewRun[]) {
  const byPipeline = Map.groupBy(
    batch.map(({ row }) => row),
    ({ workspaceId, pipelineId }) => keyIn(workspaceId, pipelineId),
  );
  // In order, so that two batches with the same pipelines do not wait for each other in a circle.
  const taken = [...byPipeline].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rows]) => ({ ...pipelineOf(rows), value: rows.length }));
  const upserts = dialect.bulk.insert(counters, taken, { key: ["workspaceId", "pipelineId"], overwrite: [], sums: ["value"] });
  const last = trx
    .selectFrom("runsCounter")
    .select(["workspaceId as workspace", "pipelineId as pipeline", "value", dialect.now().as("now")])
    .where((row) => row.or(taken.map(({ workspaceId, pipelineId }) => row.and({ workspaceId, pipelineId }))));
  const statements = [...upserts, last.compile()];
  return {
    statements,
    read(answers: readonly Rows[]): Counted {
      const rows = answers[statements.length - 1] as unknown as readonly CounterRow[];
      const indexes = new Map<RunTable, number>();
      for (const { workspace, pipeline, value } of rows) {
        const own = byPipeline.get(keyIn(workspace, pipeline)) ?? [];
        for (const [i, row] of own.entries()) indexes.set(row, value - own.length + 1 + i);
      }
      return { indexOf: (row) => indexes.get(row) as number, dbNow: rows[0]?.now ?? 0 };
    },
  };
}

interface CounterRow {
  readonly workspace: Id;
  readonly pipeline: Id;
  readonly value: number;
  readonly now: Micros;
}

const pipelineOf = (rows: readonly RunTable[]): Pick<RunTable, "workspaceId" | "pipelineId"> => {
  const [{ workspaceId, pipelineId }] = rows as [RunTable];
  return { workspaceId, pipelineId };
};
