import { recordOf } from "@signalbox/runtime/audit/mutation.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { type Failed, failed, groupCommit } from "@signalbox/runtime/store/group-commit.ts";
import type { Context } from "../context.ts";
import { goingAmong } from "../project/going.ts";
import { addVersions } from "./add.ts";
import type { Draft } from "./draft.ts";
import type { WholeVersion } from "./mapping.ts";

/** The versions that one call creates, all of one project: at least one. */
interface Asked {
  readonly call: Call;
  readonly drafts: readonly Draft[];
}

/**
 * Writes versions with the audit events of their calls. Those of calls that come at the same time share a
 * transaction; where it fails, each call has one of its own, so none fails because of another.
 */
export function versionWriting({ database, outbox, clock }: Pick<Context, "database" | "outbox" | "clock">) {
  const { dialect } = database;

  const write = (batch: readonly Asked[]) =>
    database.transact(async (trx) => {
      const going = await goingAmong(trx, batch.map(placeOf));
      const staying = batch.filter((asked) => !going.has(projectOf(asked)));
      // In order of project, so that two batches with the same projects do not wait for each other in a circle.
      const projects = [...Map.groupBy(staying, projectOf)].sort(([a], [b]) => (a < b ? -1 : 1));
      const added = new Map<string, WholeVersion>();
      for (const [, calls] of projects) {
        const versions = await addVersions(
          trx,
          dialect,
          calls.flatMap(({ drafts }) => drafts),
        );
        for (const version of versions) added.set(version.row.id.toString("hex"), version);
      }
      const records = staying.flatMap(({ call, drafts }) => {
        const { id, projectId } = (drafts[0] as Draft).row;
        return recordOf(call, { subject: toUuid(id), project: toUuid(projectId) }, { service: outbox.service, time: clock() });
      });
      await outbox.append(trx, records);
      return batch.map((asked): WholeVersion[] | Failed => {
        const gone = going.get(projectOf(asked));
        return gone ? failed(gone) : asked.drafts.map(({ row }) => added.get(row.id.toString("hex")) as WholeVersion);
      });
    });

  return groupCommit<Asked, WholeVersion[]>({
    maxBatch: 64,
    concurrency: 1,
    async commit(batch) {
      const written = await write(batch);
      outbox.committed();
      return written;
    },
  });
}

const placeOf = ({ drafts }: Asked) => (drafts[0] as Draft).row;
const projectOf = (asked: Asked): string => placeOf(asked).projectId.toString("hex");
