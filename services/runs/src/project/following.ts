import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { pullFrom, topicOf } from "@signalbox/runtime/events/pull.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { consume } from "@signalbox/runtime/store/consume.ts";
import type { Transaction } from "kysely";
import type { Context } from "../context.ts";
import type { RunsTables } from "../tables.ts";

const projectDeleting = "project.deleting";

/** Hears which projects are being deleted, and notes their runs to be purged. */
export async function followProjects({ database, peers, wakeups, clock, log }: Context, signal: AbortSignal): Promise<void> {
  async function note(trx: Transaction<RunsTables>, events: readonly Event[]): Promise<void> {
    const rows = events
      .filter(({ kind, workspace }) => kind === projectDeleting && workspace !== "")
      .map(({ workspace, subject }) => ({ workspaceId: toId(workspace), id: toId(subject), kind: "project", createTime: clock() }));
    if (rows.length === 0) return;
    await database.dialect.onConflict(trx.insertInto("runsPurge").values(rows), ["workspaceId", "id"], []).execute();
  }
  await consume<RunsTables, Event>({
    database,
    service: "runs",
    name: "registry",
    pull: pullFrom(peers, "registry", [projectDeleting]),
    handle: note,
    resync: async () => log.error("the log of registry does not reach back: runs of projects deleted meanwhile may have stayed"),
    wakeups,
    topic: topicOf("registry"),
    signal,
    onError: (error) => log.warn({ err: error }, "the log of registry cannot be read, for the moment"),
  });
}
