import type { Clock } from "../clock.ts";
import type { Call } from "../rpc/call.ts";
import type { Database } from "../store/database.ts";
import { type NewEvent, outbox } from "../store/outbox.ts";
import { type About, auditEvent } from "./event.ts";

/** The record of calls that were refused. Writing it never delays and never fails a call. */
export interface Refusals {
  /**
   * Records that a call was refused, for a reason such as "PERMISSION_MISSING". The layers
   * do so for callers they know; of one who is not known only a handler can tell, as of a wrong password.
   */
  record(call: Call, reason: string, subject: string, within?: Omit<About, "subject">): void;
  /** Resolves when all that was recorded is written, or cannot be now. */
  flush(): Promise<void>;
}

export interface RefusalsOptions {
  readonly service: string;
  readonly clock: Clock;
  /** Hears when a batch could not be written (it is tried again), and how many records were lost when too many wait. */
  readonly onError?: (error: unknown, lost: number) => void;
}

const batch = 500;
const mostWaiting = 10_000;
const everyMs = 200;

/** Keeps refusals for a moment and writes them in batches, because a refused caller may call often. */
export function refusals<Tables>(database: Database<Tables>, { service, clock, onError }: RefusalsOptions): Refusals {
  const log = outbox(database as unknown as Database<never>, service, { notify: () => {} });
  let waiting: NewEvent[] = [];
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const events = waiting.slice(0, batch);
      try {
        await database.transact((trx) => log.append(trx, events));
        waiting = waiting.slice(events.length);
      } catch (error) {
        onError?.(error, 0);
        return;
      }
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing ??= write().finally(() => {
      writing = undefined;
      if (waiting.length > 0) schedule();
    });
    return writing;
  }

  function schedule(): void {
    timer ??= setTimeout(() => void flush(), everyMs).unref();
  }

  function keep(event: NewEvent): void {
    if (waiting.length >= mostWaiting) {
      onError?.(new Error("too many refusals wait to be recorded"), 1);
      return;
    }
    waiting.push(event);
    schedule();
  }

  return {
    record: (call, reason, subject, within) => keep(auditEvent(call, { subject, ...within }, { service, time: clock(), refused: reason })),
    flush,
  };
}
