import { recordOf } from "@signalbox/runtime/audit/mutation.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { groupCommit } from "@signalbox/runtime/store/group-commit.ts";
import type { Context } from "../context.ts";
import { addVersions } from "./add.ts";
import type { Draft } from "./draft.ts";
import type { WholeVersion } from "./mapping.ts";

/** The versions that one call creates, all of one project: at least one. */
interface Asked {
  readonly call: Call;
  readonly drafts: readonly Draft[];
}

/**
 * Writes versions with the audit events of their calls, of which those by runs have none. Those of calls that come at the same time share a
 * transaction; where it fails, each call has one of its own, so none fails because of another.
 */
export function versionWriting({ database, outbox, clock }: Pick<Context, "database" | "outbox" | "clock">) {
  const { dialect } = database;

  const recordsOf = ({ call, drafts }: Asked) => {
    const { id, projectId } = (drafts[0] as Draft).row;
    return recordOf(call, { subject: toUuid(id), project: toUuid(projectId) }, { service: outbox.service, time: clock() });
  };

  return groupCommit<Asked, WholeVersion[]>({
    maxBatch: 64,
    concurrency: 1,
    async commit(batch) {
      const drafts = batch.flatMap((asked) => asked.drafts);
      const records = batch.flatMap(recordsOf);
      const added = await database.transact((trx) => addVersions(trx, dialect, drafts, outbox.appending(trx, records)));
      return batch.map(({ drafts }) => added.splice(0, drafts.length));
    },
  });
}
