import type { Transaction } from "kysely";
import type { Clock, Micros } from "../clock.ts";
import { auditOf } from "../contract/policy-of.ts";
import type { Call } from "../rpc/call.ts";
import type { Database } from "../store/database.ts";
import type { NewEvent, Outbox } from "../store/outbox.ts";
import { type About, auditEvent } from "./event.ts";

export interface MutationOptions {
  /** What takes the audit events. */
  readonly log: Outbox;
  readonly clock: Clock;
}

/**
 * Runs the work of a call in a transaction that also writes the call's audit
 * event, so that there is neither a change without its record nor a record
 * without its change. `about` may depend on what the work resolved with. As in
 * every transaction, `work` may run again after a deadlock.
 */
export type Mutate<Tables> = <R>(
  call: Call,
  about: About | ((result: R) => About),
  work: (trx: Transaction<Tables>) => Promise<R>,
) => Promise<R>;

export function mutation<Tables>(database: Database<Tables>, { log, clock }: MutationOptions): Mutate<Tables> {
  const { service } = log;
  return async (call, about, work) => {
    const recorded = isRecorded(call);
    const result = await database.transact(async (trx) => {
      const done = await work(trx);
      const told = typeof about === "function" ? about(done) : about;
      await log.append(trx, recordOf(call, told, { service, time: clock() }));
      return done;
    });
    call.audited = recorded;
    return result;
  };
}

/** Whether the contract wants a call's changes in the audit log. */
export function isRecorded(call: Call): boolean {
  const rule = auditOf(call.method);
  if (rule === undefined || rule.record.case === "runEvents") return false;
  return !(rule.madeByRun && call.caller?.kind === "run");
}

/** What is to be appended to the outbox with the work of a call, for those that commit the work of many calls at once. */
export const recordOf = (call: Call, about: About, { service, time }: { readonly service: string; readonly time: Micros }): NewEvent[] =>
  isRecorded(call) ? [auditEvent(call, about, { service, time })] : [];
