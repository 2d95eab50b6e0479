import { setTimeout as sleep } from "node:timers/promises";
import type { Wakeups } from "@signalbox/runtime/cache/wakeups.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, keyIn, toUuid } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { type Failed, failed, groupCommit } from "@signalbox/runtime/store/group-commit.ts";
import type { Outbox } from "@signalbox/runtime/store/outbox.ts";
import type { Transaction } from "kysely";
import { hold } from "../run/hold.ts";
import type { PrincipalNames } from "../run/mapping.ts";
import type { Plans } from "../run/plan-store.ts";
import type { RunsTables } from "../tables.ts";
import { apply } from "./apply.ts";
import type { Changes, Outcome } from "./change.ts";
import type { RunDraft } from "./draft.ts";
import { eventsOf, withEdges } from "./events.ts";
import { freshLogs } from "./fresh-logs.ts";
import { load } from "./load.ts";
import { memory } from "./remembered.ts";
import { RunMoved, revise, write } from "./write.ts";

export interface ReportingNeeds {
  readonly database: Database<RunsTables>;
  readonly outbox: Outbox;
  readonly plans: Plans;
  readonly clock: Clock;
  readonly wakeups: Pick<Wakeups, "notify">;
  readonly names: PrincipalNames;
}

/** The one way in which runs change once they exist. */
export interface Reporting {
  /** Applies changes of a run, in order with all others of that run; resolves when they are durable. Fails with NOT_FOUND. */
  report(changes: Changes): Promise<Outcome>;
  /** The same in a transaction of the caller's, to be used with {@link Reporting.whole}. */
  within(trx: Transaction<RunsTables>, changes: Changes, again: boolean): Promise<Outcome>;
  /** Runs work that uses `within`, again where somebody else changed the run meanwhile, and wakes those who wait for the run. */
  whole<R>(run: Id, work: (again: boolean) => Promise<R>): Promise<R>;
  /** Resolves when nothing waits to be written. */
  drain(): Promise<void>;
}

interface Changed {
  readonly outcomes: (Outcome | Failed)[];
  readonly drafts: ReadonlyMap<string, RunDraft>;
}

/** The topic that is notified when a run changed. */
export const topicOfRun = (run: Id): string => `runs.run.${toUuid(run)}`;

const attempts = 20;

export function reporting({ database, outbox, plans, clock, wakeups, names }: ReportingNeeds): Reporting {
  const { dialect } = database;
  const remembered = memory();

  async function changeAll(trx: Transaction<RunsTables>, batch: readonly Changes[], again: boolean, recall = false): Promise<Changed> {
    if (again) await hold(trx, batch);
    const drafts = await load({ trx, dialect, plans, clock, memory: remembered, recall: recall && !again }, batch);
    const refusals = batch.map(({ workspace, run, changes }) => {
      const draft = drafts.get(keyIn(workspace, run));
      return draft && changes.map((change) => applyAndMark(draft, change));
    });
    const all = [...drafts.values()];
    const logs = await freshLogs(trx, all);
    await requireUnmoved(
      trx,
      all.filter((draft) => draft.recalled && !draft.changed),
    );
    for (const draft of all) revise(draft);
    const time = clock();
    const events = all.flatMap((draft) => eventsOf(draft, names, time));
    await write(trx, dialect, all, logs, outbox.appending(trx, events));
    const outcomes = batch.map(({ workspace, run, changes }, i) => {
      const draft = drafts.get(keyIn(workspace, run));
      const refused = refusals[i];
      if (!draft || !refused) return failed(notFound("run", toUuid(run)));
      const { run: row, changed } = draft;
      const cursor = changed && withEdges(draft).length > 0 ? String(time) : "";
      return { refusals: refused, run: row, steps: named(draft, changes), changed, cursor };
    });
    return { outcomes, drafts };
  }

  /** Writes a batch, and remembers what became of it. */
  async function commit(batch: readonly Changes[]): Promise<readonly (Outcome | Failed)[]> {
    const keys = batch.map(({ workspace, run }) => keyIn(workspace, run));
    const before = new Map(keys.map((key) => [key, remembered.recall(key)]));
    let moved = false;
    try {
      const { outcomes, drafts } = await persist((again) => {
        moved ||= again;
        return database.transact((trx) => changeAll(trx, batch, again, true));
      });
      for (const [key, draft] of drafts) {
        const known = before.get(key);
        // Found to be another's when it was read again.
        if (moved && known && known.run.revision !== draft.run.revision - Number(draft.changed)) remembered.forget(key, true);
        else remembered.keep(key, draft, draft.recalled ? known : undefined);
      }
      return outcomes;
    } catch (error) {
      // What became of it is not known.
      for (const key of keys) remembered.forget(key, false);
      throw error;
    }
  }

  function wake(runs: Iterable<Id>): void {
    for (const run of runs) wakeups.notify(topicOfRun(run));
  }

  const group = groupCommit<Changes, Outcome>({
    maxBatch: 128,
    // One at a time: what comes meanwhile shares the next transaction, and statements cost more than waiting.
    concurrency: 1,
    key: ({ workspace, run }) => keyIn(workspace, run),
    commit: async (batch) => {
      const outcomes = await commit(batch);
      const changed = batch.filter((_, i) => (outcomes[i] as Outcome).changed);
      if (changed.length > 0) wake(new Set(changed.map(({ run }) => run)));
      return outcomes;
    },
  });

  return {
    report: group.submit,
    drain: group.drain,
    async within(trx, changes, again) {
      remembered.forget(keyIn(changes.workspace, changes.run), false);
      const [outcome] = (await changeAll(trx, [changes], again)).outcomes;
      if (!outcome || !("run" in outcome)) throw notFound("run", toUuid(changes.run));
      return outcome;
    },
    async whole(run, work) {
      const result = await persist(work);
      wake([run]);
      return result;
    },
  };
}

function applyAndMark(draft: RunDraft, change: Changes["changes"][number]) {
  const refusal = apply(draft, change);
  draft.changed ||= [...draft.steps.values()].some((attempts) => attempts.some((step) => step.changed));
  return refusal;
}

/** The attempts that changes name, as they are now. */
function named(draft: RunDraft, changes: Changes["changes"]): Outcome["steps"] {
  return changes.flatMap((change) => {
    if (change.kind !== "report" || change.report.step === "") return [];
    const attempt = change.report.attempt || 1;
    return (draft.steps.get(change.report.step) ?? []).filter(({ row }) => row.attempt === attempt).map(({ row }) => row);
  });
}

/** Does the work again while somebody else changes the same run: from the second time on it takes the rows first, so that it comes to its end. */
async function persist<R>(work: (again: boolean) => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt > 1);
    } catch (error) {
      if (!(error instanceof RunMoved) || attempt === attempts) throw error;
      await sleep(Math.random() * 5 * attempt);
    }
  }
}

/** Makes sure of runs that were remembered and that nothing will be written of. Fails with RunMoved. */
async function requireUnmoved(trx: Transaction<RunsTables>, drafts: readonly RunDraft[]): Promise<void> {
  if (drafts.length === 0) return;
  const rows = await trx
    .selectFrom("runsRun")
    .select("id")
    .where((row) => row.or(drafts.map(({ run: { workspaceId, id, revision } }) => row.and({ workspaceId, id, revision }))))
    .execute();
  if (rows.length < drafts.length) throw new RunMoved();
}
