import { Status, StatusSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";

const { INITIALIZING, QUEUED, PROVISIONING, RUNNING, RETRYING, PAUSED, RESUMING, STOPPING } = Status;
const { COMPLETED, FAILED, STOPPED, CACHED, SKIPPED, RETRIED } = Status;

/** Where a run or a step can go from where it stands. What has ended goes nowhere. */
const moves: Readonly<Record<Status, readonly Status[]>> = {
  [Status.UNSPECIFIED]: [],
  [INITIALIZING]: [PROVISIONING, RUNNING, QUEUED, FAILED, CACHED, SKIPPED, STOPPING, STOPPED, COMPLETED],
  [QUEUED]: [PROVISIONING, RUNNING, FAILED, STOPPING, STOPPED],
  [PROVISIONING]: [RUNNING, FAILED, RETRYING, STOPPING, STOPPED],
  [RUNNING]: [COMPLETED, FAILED, RETRYING, PAUSED, STOPPING, STOPPED],
  [RETRYING]: [RETRIED, FAILED, STOPPED],
  [PAUSED]: [RESUMING, STOPPING, STOPPED, FAILED],
  [RESUMING]: [RUNNING, FAILED, STOPPING, STOPPED],
  [STOPPING]: [STOPPED, COMPLETED],
  [COMPLETED]: [],
  [FAILED]: [],
  [STOPPED]: [],
  [CACHED]: [],
  [SKIPPED]: [],
  [RETRIED]: [],
};

/** Whether a status never changes again, in its generation. */
export const isEnded = (status: Status): boolean => status >= COMPLETED;

/** Whether what stands at `from` may move to `to`. */
export const canMove = (from: Status, to: Status): boolean => moves[from]?.includes(to) ?? false;

/** Whether a run that stands there may be resumed: the one way back from an end, into a generation of its own. */
export const canReopen = (status: Status): boolean => status === FAILED || status === STOPPED;

/** A status as people read it: "RUNNING". */
export const statusName = (status: Status): string => StatusSchema.value[status]?.localName ?? String(status);

/** What precedes work, in its order. */
const phases: readonly Status[] = [INITIALIZING, QUEUED, PROVISIONING, RUNNING];

/**
 * What reporting `to` means for what stands at `from`. "late" is a report that others
 * have overtaken, such as the repeat of an earlier one: it changes nothing and is no fault.
 */
export function judge(from: Status, to: Status): "move" | "same" | "late" | "refused" {
  if (from === to) return "same";
  if (canMove(from, to)) return "move";
  const overtaken = phases.includes(to) && (isEnded(from) || from === RETRYING || phases.indexOf(from) > phases.indexOf(to));
  return overtaken ? "late" : "refused";
}

/** What a reported end is recorded as: a failure is none where the run was asked to stop, nor where another attempt follows. */
export function endOf(reported: Status, { stopping, retry }: { readonly stopping: boolean; readonly retry: boolean }): Status {
  if (reported !== FAILED) return reported;
  if (stopping) return STOPPED;
  return retry ? RETRYING : FAILED;
}
