import { type Id, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Resolved } from "@signalbox/runtime/policy/grant.ts";
import type { ListQuery } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";
import type { Kysely } from "kysely";
import type { RunsTables, RunTable, StepTable } from "../tables.ts";
import { placeholderEnd, placeholderStart } from "./claim-key.ts";

/** A run that another started, and its place among those. */
export type Started = Pick<RunTable, "id" | "createTime" | "inProgress" | "stopping">;

const scope = { project: "projectId", owner: "ownerId" } as const;

/** Reads runs. */
export function runStore({ db }: Pick<Database<RunsTables>, "db">) {
  const all = (workspace: Id) => db.selectFrom("runsRun").selectAll().where("workspaceId", "=", workspace);

  /** The runs that a list is of. */
  function visible({ workspaceId, visible: seen, projectId }: Pick<ListQuery, "workspaceId" | "visible" | "projectId">) {
    const runs = all(workspaceId).where(visibleWhere(seen, scope) as never);
    return projectId ? runs.where("projectId", "=", projectId) : runs;
  }

  return {
    find: (workspace: Id, id: Id): Promise<RunTable | undefined> => all(workspace).where("id", "=", id).executeTakeFirst(),

    /** Where a run lives, by id or by name within a project. */
    async resolve(
      workspace: Id,
      run: { readonly id: Id } | { readonly project: Id; readonly name: string },
    ): Promise<Resolved | undefined> {
      const rows = db.selectFrom("runsRun").select(["id", "projectId", "ownerId"]).where("workspaceId", "=", workspace);
      const found = await ("id" in run
        ? rows.where("id", "=", run.id)
        : rows.where("projectId", "=", run.project).where("name", "=", run.name)
      ).executeTakeFirst();
      return found && { id: toUuid(found.id), project: toUuid(found.projectId), owner: toUuid(found.ownerId) };
    },

    byClaim: (workspace: Id, snapshot: Id, claimKey: Buffer): Promise<RunTable | undefined> =>
      all(workspace).where("snapshotId", "=", snapshot).where("claimKey", "=", claimKey).executeTakeFirst(),

    /** The run that its parent calls so. */
    child: (workspace: Id, parent: Id, key: string): Promise<RunTable | undefined> =>
      all(workspace)
        .where("id", "=", (row) =>
          row
            .selectFrom("runsChild")
            .select("runId")
            .where("workspaceId", "=", workspace)
            .where("parentRunId", "=", parent)
            .where("key", "=", key),
        )
        .executeTakeFirst(),

    /** The runs that any of these started, at most so many. */
    started: (workspace: Id, parents: readonly Id[], limit: number): Promise<Pick<RunTable, "id" | "inProgress">[]> =>
      db
        .selectFrom("runsRun")
        .select(["id", "inProgress"])
        .where("workspaceId", "=", workspace)
        .where("parentRunId", "in", [...parents])
        // Said too, because an index has no others, and of a long list PostgreSQL does not see that it is so.
        .where("parentRunId", "!=", noId)
        .limit(limit)
        .execute(),

    /** The runs that a run started, oldest first. */
    startedBy(workspace: Id, parent: Id, after: Started | undefined, limit: number): Promise<Started[]> {
      const started = db
        .selectFrom("runsRun")
        .select(["id", "createTime", "inProgress", "stopping"])
        .where("workspaceId", "=", workspace)
        .where("parentRunId", "=", parent);
      const rest = after
        ? started.where((row) =>
            row.or([
              row("createTime", ">", after.createTime),
              row.and([row("createTime", "=", after.createTime), row("id", ">", after.id)]),
            ]),
          )
        : started;
      return rest.orderBy("createTime").orderBy("id").limit(limit).execute();
    },

    /** Those of some runs that started any. */
    async starting(workspace: Id, ids: readonly Id[], trx: Kysely<RunsTables> = db): Promise<Id[]> {
      const rows = await trx
        .selectFrom("runsRun")
        .select("parentRunId")
        .distinct()
        .where("workspaceId", "=", workspace)
        .where("parentRunId", "in", [...ids])
        .where("parentRunId", "!=", noId)
        .execute();
      return rows.map(({ parentRunId }) => parentRunId);
    },

    /** Where a step lies. */
    stepPlace: (workspace: Id, id: Id): Promise<Pick<StepTable, "runId" | "projectId"> | undefined> =>
      db.selectFrom("runsStep").select(["runId", "projectId"]).where("workspaceId", "=", workspace).where("id", "=", id).executeTakeFirst(),

    /** The oldest run of a snapshot that waits for its orchestrator. Children are claimed by their key. */
    placeholder: (workspace: Id, snapshot: Id): Promise<RunTable | undefined> =>
      all(workspace)
        .where("snapshotId", "=", snapshot)
        .where("claimKey", ">=", placeholderStart)
        .where("claimKey", "<", placeholderEnd)
        .where("inProgress", "=", 1)
        .where("nested", "=", 0)
        .orderBy("claimKey")
        .limit(1)
        .executeTakeFirst(),

    visible,

    /** Those of some runs that there are and that are visible, in the order asked for. */
    async someVisible(workspaceId: Id, seen: ListQuery["visible"], ids: readonly string[]): Promise<RunTable[]> {
      const asked = visible({ workspaceId, visible: seen, projectId: undefined }).where("id", "in", ids.map(toId));
      const found = new Map((await asked.execute()).map((row) => [toUuid(row.id), row]));
      return ids.flatMap((id) => found.get(id.toLowerCase()) ?? []);
    },

    list: (query: ListQuery, listing: Listing): Promise<Page<RunTable>> => list(visible(query), listing, query.request, query.context),

    /** The latest values of what was logged for a run as a whole. */
    facts: (workspace: Id, run: Id) =>
      db
        .selectFrom("runsFact")
        .select(["key", "value"])
        .where("workspaceId", "=", workspace)
        .where("runId", "=", run)
        .where("stepId", "=", noId)
        .execute(),

    /** Those of some runs that there are. */
    some: async (workspace: Id, ids: readonly Id[]): Promise<RunTable[]> =>
      ids.length === 0
        ? []
        : all(workspace)
            .where("id", "in", [...ids])
            .execute(),

    /** When runs ended, and their generation; 0 for those that have not; those that do not exist are left out. */
    ends: (workspace: Id, ids: readonly Id[]): Promise<Pick<RunTable, "id" | "closedTime" | "inProgress" | "generation">[]> =>
      db
        .selectFrom("runsRun")
        .select(["id", "closedTime", "inProgress", "generation"])
        .where("workspaceId", "=", workspace)
        .where("id", "in", [...ids])
        .execute(),
  };
}

export type RunStore = ReturnType<typeof runStore>;
