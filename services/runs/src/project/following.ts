import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { pullFrom, topicOf } from "@signalbox/runtime/events/pull.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { consume } from "@signalbox/runtime/store/consume.ts";
import type { Transaction } from "kysely";
import type { Context } from "../context.ts";
import type { PurgeTable, RunsTables } from "../tables.ts";

/** What is deleted with its runs, by what registry tells. */
const kinds: Readonly<Record<string, PurgeTable["kind"]>> = { "project.deleting": "project", "pipeline.purging": "pipeline" };

/** Hears which projects and pipelines are deleted with their runs, and notes these to be purged. */
export async function followProjects({ database, peers, wakeups, clock, log }: Context, signal: AbortSignal): Promise<void> {
  async function note(trx: Transaction<RunsTables>, events: readonly Event[]): Promise<void> {
    const rows = events.flatMap(({ kind: told, workspace, subject }) => {
      const kind = kinds[told];
      return kind && workspace !== "" ? [{ workspaceId: toId(workspace), id: toId(subject), kind, createTime: clock() }] : [];
    });
    if (rows.length === 0) return;
    await database.dialect.onConflict(trx.insertInto("runsPurge").values(rows), ["workspaceId", "id"], []).execute();
  }
  await consume<RunsTables, Event>({
    database,
    service: "runs",
    name: "registry",
    pull: pullFrom(peers, "registry", Object.keys(kinds)),
    handle: note,
    resync: async () =>
      log.error("the log of registry does not reach back: runs of projects and pipelines deleted meanwhile may have stayed"),
    wakeups,
    topic: topicOf("registry"),
    signal,
    onError: (error) => log.warn({ err: error }, "the log of registry cannot be read, for the moment"),
  });
}
