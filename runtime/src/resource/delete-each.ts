import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Transaction } from "kysely";
import type { Mutate } from "../audit/mutation.ts";
import { reasonName, SignalboxError } from "../errors.ts";
import { type Id, toUuid } from "../ids.ts";
import type { Call } from "../rpc/call.ts";

interface Deleting<Tables, R> {
  readonly mutate: Mutate<Tables>;
  readonly call: Call;
  /** Those that the caller may delete. */
  readonly rows: readonly R[];
  readonly remove: (trx: Transaction<Tables>, row: R) => Promise<unknown>;
}

/** Deletes many, each in a transaction of its own with its own record, and tells which stay because something uses them. */
export async function deleteEach<Tables, R extends { readonly id: Id; readonly projectId?: Id }>({
  mutate,
  call,
  rows,
  remove,
}: Deleting<Tables, R>) {
  const deleted: string[] = [];
  const refused: { id: string; reason: string; message: string }[] = [];
  for (const row of rows) {
    const [id, project] = [toUuid(row.id), row.projectId && toUuid(row.projectId)];
    try {
      await mutate(call, { subject: id, ...(project && { project }) }, (trx) => remove(trx, row));
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      if (error.reason === Reason.IN_USE) {
        refused.push({ id, reason: reasonName(error.reason), message: error.message });
        continue;
      }
      // Somebody else deleted it meanwhile.
      if (error.reason !== Reason.NOT_FOUND) throw error;
    }
    deleted.push(id);
  }
  return { deleted, refused };
}
