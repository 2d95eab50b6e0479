import { setTimeout as sleep } from "node:timers/promises";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { fieldInvalid, SignalboxError } from "@signalbox/runtime/errors.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Kysely } from "kysely";
import type { ArtifactsTables, SeenRow } from "../tables.ts";

type Db = Kysely<ArtifactsTables>;

/** Far longer than the time between an event and its number in the log. What is older than the newest by this was taken in. */
const settledMicros = 2 * 60 * 1e6;
const lookEveryMs = 25;
/** For callers that set no deadline. */
const patienceMs = 10_000;

/**
 * Notes the times of events that were taken in. A report's cursor is the time
 * of its events, and events of several processes are numbered in another order
 * than that of their times: so it is the time itself that is looked for, not
 * whether a later one was seen.
 */
export async function keepSeen(trx: Db, dialect: Dialect, seen: readonly SeenRow[]): Promise<void> {
  const rows = [...new Map(seen.map((row) => [`${row.workspaceId.toString("hex")}/${row.time}`, row])).values()];
  if (rows.length === 0) return;
  await dialect.onConflict(trx.insertInto("artifacts_seen").values(rows), ["workspaceId", "time"], []).execute();
  const newest = Math.max(...rows.map(({ time }) => time));
  await trx
    .deleteFrom("artifacts_seen")
    .where("time", "<", newest - settledMicros)
    .execute();
}

/** Reads a report's cursor. Fails with FIELD_INVALID. */
export function cursorTime(cursor: string, field: string): Micros {
  const time = /^\d{1,16}$/.test(cursor) ? Number(cursor) : Number.NaN;
  if (!Number.isSafeInteger(time)) throw fieldInvalid(field, "is not the event_cursor of a report");
  return time;
}

/** Resolves when the events of a report were taken in. Fails with UNAVAILABLE at the call's deadline. */
export async function untilSeen(db: Db, workspaceId: Id, time: Micros, call: Call): Promise<void> {
  const deadline = Math.min(call.deadline ?? Number.POSITIVE_INFINITY, Date.now() + patienceMs);
  // A little before the deadline, so that the caller hears why.
  for (const end = deadline - 2 * lookEveryMs; !(await isSeen(db, workspaceId, time)); ) {
    if (Date.now() >= end) throw behind();
    await sleep(lookEveryMs, undefined, { signal: call.signal }).catch(() => {});
    call.signal.throwIfAborted();
  }
}

async function isSeen(db: Db, workspaceId: Id, time: Micros): Promise<boolean> {
  const exact = await db
    .selectFrom("artifacts_seen")
    .select("time")
    .where("workspaceId", "=", workspaceId)
    .where("time", "=", time)
    .executeTakeFirst();
  if (exact) return true;
  const { newest } = await db
    .selectFrom("artifacts_seen")
    .select((row) => row.fn.max("time").as("newest"))
    .executeTakeFirstOrThrow();
  return newest !== null && time < newest - settledMicros;
}

const behind = () => new SignalboxError(Reason.UNAVAILABLE, "what the report told is not known here yet; ask again", { retryAfterMs: 500 });
