import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { ProjectState } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import { pullFrom, topicOf } from "@signalbox/runtime/events/pull.ts";
import type { Duty } from "@signalbox/runtime/host/part.ts";
import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { consume } from "@signalbox/runtime/store/consume.ts";
import type { Kysely } from "kysely";
import type { Context } from "../context.ts";
import { dropShownWith } from "../curated/store.ts";
import type { ArtifactsTables } from "../tables.ts";

const deleting = "project.deleting";
/** What visualizations are shown with, by the event that tells that it is gone. */
const gone: Readonly<Record<string, ResourceKind>> = {
  "pipeline.deleted": ResourceKind.PIPELINE,
  "snapshot.deleted": ResourceKind.SNAPSHOT,
  "model.deleted": ResourceKind.MODEL,
};
const portion = 1000;

/** Hears which projects are being deleted, and marks them so, and what else is gone, for as long as the signal lets it. */
export function followProjects(context: Context): Duty {
  const { database, peers, wakeups, log } = context;
  return (signal) =>
    consume<ArtifactsTables, Event>({
      database,
      service: "artifacts",
      name: "registry",
      pull: pullFrom(peers, "registry", [deleting, ...Object.keys(gone)]),
      async handle(trx, events) {
        const own = events.filter(({ workspace }) => workspace !== "");
        const projects = own.filter(({ kind }) => kind === deleting);
        const places = projects.map(({ workspace, subject }) => ({ workspaceId: toId(workspace), projectId: toId(subject) }));
        await mark(trx, context, places);
        for (const { kind, workspace, subject } of own) {
          const resource = gone[kind];
          if (resource !== undefined) await dropShownWith(trx, toId(workspace), resource, [toId(subject)]);
        }
      },
      resync: () => compareProjects(context),
      wakeups,
      topic: topicOf("registry"),
      signal,
      onError: (error) => log.warn({ err: error }, "the log of registry cannot be read, for the moment"),
    });
}

interface Place {
  readonly workspaceId: Id;
  readonly projectId: Id;
}

async function mark(db: Kysely<ArtifactsTables>, { database, clock }: Context, places: readonly Place[]): Promise<void> {
  const rows = places.map((place) => ({ ...place, sinceTime: clock() }));
  if (rows.length === 0) return;
  await database.dialect.onConflict(db.insertInto("artifacts_going").values(rows), ["workspaceId", "projectId"], []).execute();
}

/** Asks registry about every project that has artifacts here: what it does not know, or is deleting, goes. */
async function compareProjects(context: Context): Promise<void> {
  const { database, peers } = context;
  const places = await database.db.selectFrom("artifacts_artifact").select(["workspaceId", "projectId"]).distinct().execute();
  for (const own of Map.groupBy(places, ({ workspaceId }) => toUuid(workspaceId)).values()) {
    for (let at = 0; at < own.length; at += portion) {
      const asked = own.slice(at, at + portion);
      const references = asked.map(({ projectId }) => toUuid(projectId));
      const workspace = toUuid((asked[0] as Place).workspaceId);
      const { projects } = await peers(ProjectService).resolveProjects({ workspace, references });
      const staying = new Set(projects.filter(({ state }) => state === ProjectState.ACTIVE).map(({ id }) => id));
      await mark(
        database.db,
        context,
        asked.filter(({ projectId }) => !staying.has(toUuid(projectId))),
      );
    }
  }
}
