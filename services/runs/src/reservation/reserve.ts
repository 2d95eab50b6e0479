import type { MessageInitShape } from "@bufbuild/protobuf";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { ReservationSchema, ReserveStepRequest, ReserveStepResponseSchema } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { callerMay } from "@signalbox/runtime/policy/caller-may.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Context } from "../context.ts";
import { attemptStale, runEnded, stepNamed, transitionRefused } from "../report/refusal.ts";
import { microsIn } from "../report/time.ts";
import { grantedRun } from "../run/granted.ts";
import type { RunTable } from "../tables.ts";
import { type Sight, sightOf } from "./queue.ts";
import type { Look } from "./standing.ts";
import { isOver } from "./standing.ts";
import type { Holder, Place } from "./store.ts";

type Part = MessageInitShape<typeof ReserveStepResponseSchema>;
type Reservation = MessageInitShape<typeof ReservationSchema>;

/** How long a key is held without a heartbeat, where the caller does not say. */
const defaultHold = 60 * 1e6;

/**
 * What serves, or that the caller is to compute; until then, who does. Nothing is locked: of those who find a key free, one
 * changes its row as it was read, and the others look again.
 */
export async function* reserveStep(context: Context, request: ReserveStepRequest, call: Call): AsyncIterable<Part> {
  const { reservations, queueOf, clock } = context;
  const { step, cacheKey, attempt: asked, hold } = request;
  const attempt = asked || 1;
  const run = await openRun(context, step, attempt, call);
  await requireReader(context, run, call);
  const place: Place = { workspace: run.workspaceId, project: run.projectId, cacheKey };
  const holder: Holder = { run: run.id, step, attempt };
  const holdMicros = microsIn(hold) || defaultHold;

  /** What is to be done, or undefined where it is to be waited for, or somebody else was faster. */
  async function decide(sight: Sight): Promise<Part | undefined> {
    const { cached, standing } = sight;
    if (cached) return { outcome: { case: "cached", value: cached } };
    if (standing === "held" && !isOwn(sight, holder)) return undefined;
    if (standing === "barren") return { outcome: { case: "granted", value: granted(run, holder) } };
    if (!(await reservations.take(place, holder, holdMicros, sight))) return undefined;
    return { outcome: { case: "granted", value: { ...granted(run, holder), expireTime: toTimestamp(clock() + holdMicros) } } };
  }

  const first = await sightOf(context, place);
  const answer = await decide(first);
  if (answer) return yield answer;

  const { signal } = call;
  const queue = queueOf(place);
  signal.addEventListener("abort", queue.leave, { once: true });
  try {
    while (!signal.aborted) {
      const next = queue.next();
      const sight = await queue.look();
      await openRun(context, step, attempt, call);
      const now = await decide(sight);
      if (now) return yield now;
      if (sight.standing !== "held") continue;
      yield { outcome: { case: "held", value: heldBy(sight) } };
      await next;
    }
  } finally {
    signal.removeEventListener("abort", queue.leave);
    queue.leave();
  }
}

/** The run that asks. Fails where neither it nor the attempt has anything left to do. */
async function openRun({ runs, steps }: Context, name: string, attempt: number, call: Call): Promise<RunTable> {
  const run = await grantedRun({ runs }, call);
  if (run.inProgress === 0) throw runEnded("the run has ended, so it computes nothing more");
  const latest = await steps.find(run.workspaceId, run.id, name, 0);
  if (!latest || latest.attempt < attempt) return run;
  if (latest.attempt > attempt) throw attemptStale(name, attempt, latest);
  if (isOver(latest.status)) throw transitionRefused(stepNamed(name), latest.status, Status.RUNNING);
  return run;
}

/** Who is told what others compute may read it: a run by its token, others by their roles. Fails with PERMISSION_MISSING. */
async function requireReader(context: Context, { projectId }: RunTable, call: Call): Promise<void> {
  if (call.caller?.kind === "run") return;
  if (await callerMay(context)(call, "run.read", { project: toUuid(projectId) })) return;
  throw new SignalboxError(Reason.PERMISSION_MISSING, "you may not read the other runs of the project: it needs run.read there", {
    metadata: { permission: "run.read" },
  });
}

function isOwn({ holder }: Look, { run, step, attempt }: Holder): boolean {
  if (!holder) return false;
  return holder.runId.equals(run) && holder.step === step && holder.attempt === attempt;
}

const granted = ({ name }: RunTable, { run, step, attempt }: Holder): Reservation => ({ run: toUuid(run), runName: name, step, attempt });

function heldBy({ holder, expiresTime }: Look): Reservation {
  if (!holder) return {};
  const { runId, runName, step, attempt } = holder;
  return { run: toUuid(runId), runName, step, attempt, expireTime: toTimestamp(expiresTime) };
}
