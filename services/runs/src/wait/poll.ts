import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { WaitConditionStatus } from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import { PollMode, type PollWaitConditionRequest } from "@signalbox/gen/signalbox/runs/v1/wait_condition_service_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Context } from "../context.ts";
import { runEnded } from "../report/refusal.ts";
import { microsIn } from "../report/time.ts";
import { never, type WaitConditionTable } from "../tables.ts";
import { type HeldRun, holdRun } from "./within-run.ts";

const usualLease = 30 * 1e6;

/** Whether somebody holds the lease of a condition. */
export const isPolled = ({ poller, pollerExpiresTime }: WaitConditionTable, dbNow: number): boolean =>
  poller !== "" && pollerExpiresTime > dbNow;

/** Takes, renews or gives up the lease of a condition. */
export function poll(context: Context, workspace: Id, run: Id, request: PollWaitConditionRequest): Promise<WaitConditionTable> {
  const { database, reporting } = context;
  return reporting.whole(run, () =>
    database.transact(async (trx) => {
      const held = await holdRun(context, trx, workspace, run);
      const row = await held.find(request.waitCondition);
      if (row.status === WaitConditionStatus.RESOLVED) return row;
      if (held.run.inProgress === 0) throw runEnded("the run has ended, so nobody waits for it any more");
      if (request.mode === PollMode.FINISH || request.mode === PollMode.ABANDON) return giveUp(held, row, request);
      return keep(held, row, request);
    }),
  );
}

async function keep(held: HeldRun, row: WaitConditionTable, { poller, lease }: PollWaitConditionRequest): Promise<WaitConditionTable> {
  const { dbNow } = held;
  if (row.poller !== poller && isPolled(row, dbNow)) throw leaseHeld(row);
  const kept = await held.change(row, { poller, pollerExpiresTime: dbNow + (microsIn(lease) || usualLease), pollTime: dbNow });
  // Somebody waits, so somebody executes the run.
  await held.apply([{ kind: "resume", reason: `"${row.name}" is waited for again`, executed: true }]);
  return kept;
}

async function giveUp(held: HeldRun, row: WaitConditionTable, { poller, mode }: PollWaitConditionRequest): Promise<WaitConditionTable> {
  if (row.poller !== poller && isPolled(row, held.dbNow)) throw leaseHeld(row);
  const given = await held.change(row, { poller: "", pollerExpiresTime: never, pollTime: held.dbNow });
  if (mode === PollMode.FINISH) await pauseUnlessPolled(held, given);
  return given;
}

/** Pauses the run because nobody waits for this condition any more, unless somebody waits for another. */
async function pauseUnlessPolled({ trx, run, dbNow, apply }: HeldRun, row: WaitConditionTable): Promise<void> {
  const others = await trx
    .selectFrom("runsWaitCondition")
    .select("id")
    .where("workspaceId", "=", run.workspaceId)
    .where("runId", "=", run.id)
    .where("pollerExpiresTime", ">", dbNow)
    .where("pollerExpiresTime", "<", never)
    .limit(1)
    .execute();
  if (others.length === 0) await apply([{ kind: "pause", reason: `waits for "${row.name}"` }]);
}

/** What becomes of a condition whose lease ran out: it is as if its poller had finished. */
export function expireLease(
  context: Pick<Context, "database" | "reporting" | "waits" | "clock">,
  { workspaceId, runId, name }: WaitConditionTable,
): Promise<void> {
  const { database, reporting } = context;
  return reporting.whole(runId, () =>
    database.transact(async (trx) => {
      const held = await holdRun(context, trx, workspaceId, runId);
      const row = await held.find(name);
      if (row.status === WaitConditionStatus.RESOLVED || row.poller === "" || isPolled(row, held.dbNow)) return;
      await pauseUnlessPolled(held, await held.change(row, { poller: "", pollerExpiresTime: never }));
    }),
  );
}

function leaseHeld({ name, poller, pollerExpiresTime }: WaitConditionTable): SignalboxError {
  const until = new Date(pollerExpiresTime / 1000).toISOString();
  return new SignalboxError(Reason.LEASE_HELD, `"${name}" is waited for by ${poller} until ${until}`, {
    metadata: { holder: poller, expire_time: until },
  });
}
