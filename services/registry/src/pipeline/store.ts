import type { Id } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { type Change, changeRow, deleteRow, findRow, readRow, type Which } from "@signalbox/runtime/resource/change.ts";
import { called, type ListQuery, resourceFields, scopeIn } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import type { Kysely } from "kysely";
import { inList, requireLiving } from "../project/living.ts";
import type { RegistryTables } from "../tables.ts";
import type { PipelineRow } from "./tables.ts";

type Db = Kysely<RegistryTables>;
const which = (workspaceId: Id, id: Id): Which<"registry_pipeline"> => ({ table: "registry_pipeline", type: "pipeline", workspaceId, id });

/** As many as a filter by a related name may match, and one more. */
const mostResolved = 1001;

export function pipelineStore({ db }: Pick<Database<RegistryTables>, "db">, principals: Pick<Policy, "facts">) {
  const listing = (query: ListQuery): Listing => ({
    table: "registry_pipeline",
    ...scopeIn(query),
    key: "registry_pipeline.id",
    defaultOrder: "create_time desc",
    fields: {
      ...resourceFields("registry_pipeline", principals),
      name: { kind: "text", column: "registry_pipeline.name", sortable: true },
      project: { kind: "id", column: "registry_pipeline.projectId", resolve: called(db, "registry_project", query.workspaceId) },
      description: { kind: "text", column: "registry_pipeline.description" },
    },
  });

  return {
    async add(trx: Db, row: PipelineRow): Promise<void> {
      await requireLiving(trx, row.workspaceId, row.projectId);
      await trx.insertInto("registry_pipeline").values(row).execute();
    },

    find: (workspaceId: Id, id: Id) => findRow(db, which(workspaceId, id)),

    get: (workspaceId: Id, id: Id) => readRow(db, which(workspaceId, id)),

    list: (query: ListQuery): Promise<Page<PipelineRow>> =>
      list(
        db.selectFrom("registry_pipeline").selectAll().where(inList("registry_pipeline", query)),
        listing(query),
        query.request,
        query.context,
      ),

    change: async (trx: Db, workspaceId: Id, id: Id, change: Change<PipelineRow>): Promise<PipelineRow> =>
      (await changeRow(trx, which(workspaceId, id), change)).row,

    /** Deletes a pipeline with its snapshots. Runs keep the names that they copied. */
    async remove(trx: Db, workspaceId: Id, id: Id, etag: string): Promise<void> {
      // The pipeline first: whoever is adding a snapshot to it holds its row, or finds it gone.
      await deleteRow(trx, which(workspaceId, id), etag);
      const snapshots = trx
        .selectFrom("registry_snapshot")
        .select("id")
        .where("workspaceId", "=", workspaceId)
        .where("pipelineId", "=", id);
      await trx.deleteFrom("registry_snapshot_step").where("workspaceId", "=", workspaceId).where("snapshotId", "in", snapshots).execute();
      await trx.deleteFrom("registry_snapshot").where("workspaceId", "=", workspaceId).where("pipelineId", "=", id).execute();
    },

    /** The ids of what has one of these names, or else a name that begins so, over all projects; at most 1,001. */
    async resolve(workspaceId: Id, names: readonly string[], prefix?: string): Promise<Id[]> {
      if (prefix !== undefined) return called(db, "registry_pipeline", workspaceId)({ text: prefix, prefix: true });
      if (names.length === 0) return [];
      const rows = await db
        .selectFrom("registry_pipeline")
        .select("id")
        .where("workspaceId", "=", workspaceId)
        .where("name", "in", names)
        .orderBy("name")
        .orderBy("id")
        .limit(mostResolved)
        .execute();
      return rows.map(({ id }) => id);
    },
  };
}
