import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";

/** How many steps of a run stand where, by their latest attempts. Columns of the run's row, kept up to date with each change. */
export interface Tally {
  /** Planned steps of which nothing was reported yet. */
  pending: number;
  /** Reported steps that have not ended, those waiting for another attempt among them. */
  unfinished: number;
  /** Of the unfinished, those waiting for another attempt. */
  retrying: number;
  completed: number;
  cached: number;
  failed: number;
  skipped: number;
  stopped: number;
  /** Pending or unfinished steps that depend on a failed one. Counted where a failure leaves others running, else 0. */
  blocked: number;
}

const endings: Partial<Record<Status, "completed" | "cached" | "failed" | "skipped" | "stopped">> = {
  [Status.COMPLETED]: "completed",
  [Status.CACHED]: "cached",
  [Status.FAILED]: "failed",
  [Status.SKIPPED]: "skipped",
  [Status.STOPPED]: "stopped",
};

/** Adds a step that stands at `status`, or with -1 takes it out. */
export function count(tally: Tally, status: Status, by: 1 | -1): void {
  const ending = endings[status];
  if (ending) {
    tally[ending] += by;
    return;
  }
  tally.unfinished += by;
  if (status === Status.RETRYING) tally.retrying += by;
}

/** The number of steps that were reported. */
export const reportedOf = ({ unfinished, completed, cached, failed, skipped, stopped }: Tally): number =>
  unfinished + completed + cached + failed + skipped + stopped;
