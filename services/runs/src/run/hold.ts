import { type Id, keyIn } from "@signalbox/runtime/ids.ts";
import type { Transaction } from "kysely";
import type { RunsTables } from "../tables.ts";

/** Takes the rows of runs, in order: whoever else wants to change them waits until the end of the transaction. */
export async function hold(trx: Transaction<RunsTables>, wanted: readonly { readonly workspace: Id; readonly run: Id }[]): Promise<void> {
  const runs = new Map(wanted.map((each) => [keyIn(each.workspace, each.run), each]));
  for (const { workspace, run } of [...runs.values()].sort((a, b) => Buffer.compare(a.run, b.run))) {
    await trx
      .updateTable("runsRun")
      .set((row) => ({ revision: row.ref("revision") }))
      .where("workspaceId", "=", workspace)
      .where("id", "=", run)
      .execute();
  }
}
