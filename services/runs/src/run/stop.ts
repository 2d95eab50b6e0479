import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { StopRunRequest } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { whileLeader } from "@signalbox/runtime/store/leader.ts";
import { lease } from "@signalbox/runtime/store/lease.ts";
import type { Transaction } from "kysely";
import type { Context } from "../context.ts";
import { Stopping } from "../status/derive.ts";
import type { RunsTables, RunTable } from "../tables.ts";
import type { Started } from "./store.ts";
import type { StopTable } from "./tables.ts";

/** How many runs are asked at once. */
const portion = 100;
/** How long whoever stops a run waits for its descendants to be asked; the rest is up to the duty. */
const patienceMs = 1_000;

type Descending = Pick<Context, "database" | "runs" | "reporting">;

/**
 * Asks a run to stop, and what it started, and what that started. That its descendants are to be asked is noted with the stop, so
 * that it happens whatever becomes of this process; a run that is asked to stop starts no more of them.
 */
export async function stopRun(context: Context, { force, reason }: StopRunRequest, call: Call): Promise<RunTable> {
  const { mutate, reporting } = context;
  const [workspace, run] = [workspaceOf(call), grantedId(call)];
  const about = { subject: toUuid(run), project: call.granted?.resource?.project };
  const { outcome, note } = await reporting.whole(run, (again) =>
    mutate(call, about, async (trx) => {
      const stopped = await reporting.within(trx, { workspace, run, changes: [{ kind: "stop", force, reason }] }, again);
      if (stopped.refusals[0]) throw stopped.refusals[0];
      return { outcome: stopped, note: stopped.changed ? await noteStop(context, trx, { workspace, run, force, reason }) : undefined };
    }),
  );
  await followStop(context, note);
  return outcome.run;
}

interface Stop {
  readonly workspace: Id;
  readonly run: Id;
  readonly force: boolean;
  readonly reason: string;
}

/** Notes with the stop of a run that its descendants are to be asked; undefined where it has none. */
export async function noteStop(
  { database, runs, clock }: Pick<Context, "database" | "runs" | "clock">,
  trx: Transaction<RunsTables>,
  { workspace, run, force, reason }: Stop,
): Promise<StopTable | undefined> {
  if ((await runs.starting(workspace, [run], trx)).length === 0) return undefined;
  const row: StopTable = { workspaceId: workspace, runId: run, force: Number(force), reason, createTime: clock() };
  const noted = trx.insertInto("runsStop").values(row);
  await database.dialect.onConflict(noted, ["workspaceId", "runId"], ["force", "reason", "createTime"]).execute();
  return row;
}

/** Asks the descendants here and now, as far as it gets. */
export async function followStop(context: Descending, note: StopTable | undefined): Promise<void> {
  if (note) await stopDescendants(context, note, AbortSignal.timeout(patienceMs)).catch(() => undefined);
}

/** Asks all descendants of a run, and forgets that it is to be done. Where the signal comes first the next call begins again: who was asked already is not asked otherwise. */
async function stopDescendants(context: Descending, note: StopTable, signal: AbortSignal): Promise<void> {
  const { workspaceId, runId, force, createTime } = note;
  for (let level: readonly Id[] = [runId]; level.length > 0; ) {
    const next: Id[] = [];
    for (const parent of level) {
      for (let last: Started | undefined; ; ) {
        if (signal.aborted) return;
        const started = await context.runs.startedBy(workspaceId, parent, last, portion);
        await ask(context, note, started);
        if (started.length > 0) {
          next.push(
            ...(await context.runs.starting(
              workspaceId,
              started.map(({ id }) => id),
            )),
          );
        }
        if (started.length < portion) break;
        last = started.at(-1);
      }
    }
    level = next;
  }
  await context.database.db
    .deleteFrom("runsStop")
    .where("workspaceId", "=", workspaceId)
    .where("runId", "=", runId)
    // Somebody may have asked again meanwhile, with force.
    .where("force", "=", force)
    .where("createTime", "=", createTime)
    .execute();
}

async function ask({ reporting }: Descending, { workspaceId, force, reason }: StopTable, started: readonly Started[]): Promise<void> {
  const wanted = force === 1 ? Stopping.FORCED : Stopping.GRACEFUL;
  const open = started.filter(({ inProgress, stopping }) => inProgress === 1 && stopping < wanted);
  const why = `the run that started it was asked to stop${reason === "" ? "" : `: ${reason}`}`;
  const change = { kind: "stop", force: force === 1, reason: why } as const;
  const asked = await Promise.allSettled(open.map(({ id }) => reporting.report({ workspace: workspaceId, run: id, changes: [change] })));
  for (const result of asked) {
    // One that was deleted meanwhile needs no stop.
    const gone = result.status === "rejected" && result.reason instanceof SignalboxError && result.reason.reason === Reason.NOT_FOUND;
    if (result.status === "rejected" && !gone) throw result.reason;
  }
}

/** Asks the descendants of runs that were stopped, where whoever stopped them did not come to the end of it. */
export async function stopping(context: Context, signal: AbortSignal): Promise<void> {
  const { database, log } = context;
  await whileLeader(lease(database as unknown as Database<never>, "runs", "stops"), {
    ttlMs: 10_000,
    everyMs: 2_000,
    signal,
    onError: (error) => log.error({ err: error }, "the descendants of stopped runs are not asked to stop, yet"),
    work: async (leading) => {
      const due = await database.db.selectFrom("runsStop").selectAll().orderBy("createTime").limit(portion).execute();
      for (const note of due) if (!leading.aborted) await stopDescendants(context, note, leading);
    },
  });
}
