import { noId } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { whileLeader } from "@signalbox/runtime/store/leader.ts";
import { lease } from "@signalbox/runtime/store/lease.ts";
import type { Context } from "../context.ts";
import { runDeleted } from "../report/events.ts";
import type { PurgeTable, RunTable } from "../tables.ts";
import { purgeRun } from "./purge.ts";

type Needs = Pick<Context, "database" | "outbox" | "clock">;
type Going = Pick<RunTable, "workspaceId" | "id" | "parentRunId" | "childKey">;
type Note = Pick<PurgeTable, "workspaceId" | "id" | "kind" | "createTime">;

/** As many notes as are looked at in a round. */
const portion = 500;

/** Longer than runs can still be created in what is being deleted: facts of snapshots are remembered, and calls under way. */
const settlingMicros = 60 * 1e6;

/** What the runs that go with something name it by. */
const columns = { project: "projectId", pipeline: "pipelineId", tree: "parentRunId" } as const;

/** What is noted to be done for a run that goes with it. What lies in a project started nothing elsewhere. */
const noted = { project: "run", pipeline: "tree", tree: "tree" } as const;

/** Does what a note says, as far as the signal lets it; the note goes when it is done. */
export async function purgeNoted(context: Needs, note: Note, signal: AbortSignal): Promise<void> {
  const { database, clock } = context;
  const { workspaceId, id, kind } = note;
  if (kind !== "run") await deleteRuns(context, { workspaceId, id, kind }, signal);
  if (signal.aborted) return;
  if (kind === "run" || kind === "tree") return void (await purgeRun(database, workspaceId, id, signal));
  if (clock() - note.createTime < settlingMicros) return;
  await database.db.deleteFrom("runsPurge").where("workspaceId", "=", workspaceId).where("id", "=", id).execute();
}

/** Deletes the runs that name something, one by one and however far along they are. */
async function deleteRuns(
  context: Needs,
  { workspaceId, id, kind }: Pick<Note, "workspaceId" | "id"> & { readonly kind: keyof typeof columns },
  signal: AbortSignal,
): Promise<void> {
  const all = context.database.db.selectFrom("runsRun").select(["id", "parentRunId", "childKey"]).where("workspaceId", "=", workspaceId);
  const own = all.where(columns[kind], "=", id);
  // Said too, because an index has no others, and PostgreSQL does not see by itself that it is so.
  const some = kind === "tree" ? own.where("parentRunId", "!=", noId) : own;
  while (!signal.aborted) {
    const next = await some.limit(1).executeTakeFirst();
    if (!next) return;
    const note = await deleteOne(context, { ...next, workspaceId }, noted[kind]);
    if (note) await purgeNoted(context, note, signal);
  }
}

/** Deletes the row of a run, so that it is not found any more, and notes what is left of it. */
async function deleteOne({ database, outbox, clock }: Needs, run: Going, kind: Note["kind"]): Promise<Note | undefined> {
  const { workspaceId, id, parentRunId, childKey } = run;
  return database.transact(async (trx) => {
    const row = trx.deleteFrom("runsRun").where("workspaceId", "=", workspaceId).where("id", "=", id);
    if ((await row.executeTakeFirst()).numDeletedRows === 0n) return undefined;
    const child = trx.deleteFrom("runsChild").where("workspaceId", "=", workspaceId).where("parentRunId", "=", parentRunId);
    if (!parentRunId.equals(noId)) await child.where("key", "=", childKey).execute();
    const left = { workspaceId, id, kind, createTime: clock() };
    await database.dialect.onConflict(trx.insertInto("runsPurge").values(left), ["workspaceId", "id"], []).execute();
    await outbox.append(trx, [{ workspaceId, kind: runDeleted, subject: id, payload: Buffer.alloc(0), createdTime: left.createTime }]);
    return left;
  });
}

/** Deletes what was noted to be deleted, one replica at a time, for as long as the signal lets it. */
export async function purging(context: Context, signal: AbortSignal): Promise<void> {
  const { database, log } = context;
  await whileLeader(lease(database as unknown as Database<never>, "runs", "purge"), {
    ttlMs: 30_000,
    everyMs: 5_000,
    signal,
    onError: (error) => log.error({ err: error }, "what was to be purged is not, yet"),
    work: async (leading) => {
      const due = await database.db.selectFrom("runsPurge").selectAll().orderBy("createTime").limit(portion).execute();
      for (const note of due) await purgeNoted(context, note, leading);
    },
  });
}
