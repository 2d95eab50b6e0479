import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { isEnded } from "../status/transitions.ts";
import { Parts, type RunTable, type StepTable } from "../tables.ts";
import type { ReservationTable } from "./tables.ts";

/** A reservation with what is known of its holder; null where the run or the attempt is not there. */
export interface ReservationRow extends ReservationTable, Nullable<Pick<StepTable, "status" | "parts" | "cacheKey" | "heartbeatTimeout">> {
  readonly runName: string | null;
  readonly inProgress: RunTable["inProgress"] | null;
  readonly runExpiresTime: Micros | null;
  readonly stepExpiresTime: Micros | null;
  /** The database's clock. */
  readonly dbNow: Micros;
}

type Nullable<T> = { readonly [K in keyof T]: T[K] | null };

/** How a key stood when it was looked at. */
export interface Look {
  /** Counts who has had it; 0 for nobody. */
  readonly revision: number;
  /**
   * "barren" where the last who held it was done, and left nothing that could serve: to wait for the next would be in vain.
   */
  readonly standing: "free" | "held" | "barren";
  /** Who had it last, or has it. */
  readonly holder: (Pick<ReservationTable, "runId" | "step" | "attempt"> & { readonly runName: string }) | undefined;
  /** Until when it is held if nothing more is heard, by the database's clock, and how long that is. */
  readonly expiresTime: Micros;
  readonly left: Micros;
}

const nobody: Look = { revision: 0, standing: "free", holder: undefined, expiresTime: 0, left: 0 };

export function lookAt(row: ReservationRow | undefined, cacheKey?: string): Look {
  if (!row) return nobody;
  const { revision, runId, step, attempt, runName, dbNow } = row;
  const expiresTime = expiryOf(row);
  const left = expiresTime - dbNow;
  const standing = left > 0 ? "held" : isBarren(row, cacheKey) ? "barren" : "free";
  return { revision, standing, holder: { runId, step, attempt, runName: runName ?? "" }, expiresTime, left };
}

/** Until when the holder holds the key if nothing more is heard; 0 where it does no more. */
function expiryOf({ inProgress, runExpiresTime, status, heartbeatTimeout, stepExpiresTime, expiresTime }: ReservationRow): Micros {
  if (inProgress !== 1 || runExpiresTime === null) return 0;
  if (status === null) return Math.min(expiresTime, runExpiresTime);
  if (isOver(status)) return 0;
  return Math.min(runExpiresTime, heartbeatTimeout && stepExpiresTime ? stepExpiresTime : expiresTime);
}

const isBarren = ({ status, parts, cacheKey }: ReservationRow, asked: string | undefined): boolean =>
  status === Status.COMPLETED && cacheKey === asked && ((parts ?? 0) & Parts.OUTPUTS) === 0;

/** Whether nothing more comes of an attempt. */
export const isOver = (status: Status): boolean => isEnded(status) || status === Status.RETRYING;
