import type { Id } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { type Change, changeRow, deleteRow, findRow, readRow, type Which } from "@signalbox/runtime/resource/change.ts";
import { called, type ListQuery, resourceFields, scopeIn } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import type { Kysely } from "kysely";
import { dropVersions } from "../model-version/parts.ts";
import { inList, requireLiving } from "../project/living.ts";
import type { RegistryTables } from "../tables.ts";
import { modelTags } from "../tags.ts";
import type { ModelRow } from "./tables.ts";

type Db = Kysely<RegistryTables>;
const which = (workspaceId: Id, id: Id): Which<"registry_model"> => ({ table: "registry_model", type: "model", workspaceId, id });

export function modelStore({ db, dialect }: Pick<Database<RegistryTables>, "db" | "dialect">, principals: Pick<Policy, "facts">) {
  const listing = (query: ListQuery): Listing => ({
    table: "registry_model",
    ...scopeIn(query),
    key: "registry_model.id",
    defaultOrder: "create_time desc",
    fields: {
      ...resourceFields("registry_model", principals),
      name: { kind: "text", column: "registry_model.name", sortable: true },
      project: { kind: "id", column: "registry_model.projectId", resolve: called(db, "registry_project", query.workspaceId) },
      description: { kind: "text", column: "registry_model.description" },
      tags: modelTags.field(db, dialect, query),
      license: { kind: "text", column: "registry_model.license" },
      latest_number: { kind: "int", column: "registry_model.latestNumber" },
    },
  });

  return {
    async add(trx: Db, row: ModelRow): Promise<void> {
      await requireLiving(trx, row.workspaceId, row.projectId);
      await trx.insertInto("registry_model").values(row).execute();
    },

    find: (workspaceId: Id, id: Id) => findRow(db, which(workspaceId, id)),

    get: (workspaceId: Id, id: Id) => readRow(db, which(workspaceId, id)),

    list: (query: ListQuery): Promise<Page<ModelRow>> =>
      list(
        db.selectFrom("registry_model").selectAll().where(inList("registry_model", query)),
        listing(query),
        query.request,
        query.context,
      ),

    change: async (trx: Db, workspaceId: Id, id: Id, change: Change<ModelRow>): Promise<ModelRow> =>
      (await changeRow(trx, which(workspaceId, id), change)).row,

    /** Deletes a model with its versions. */
    async remove(trx: Db, workspaceId: Id, id: Id, etag: string): Promise<void> {
      // The model first: whoever is adding a version to it holds its row, or finds it gone.
      await deleteRow(trx, which(workspaceId, id), etag);
      await modelTags.drop(trx, workspaceId, [id]);
      const versions = trx
        .selectFrom("registry_model_version")
        .select("id")
        .where("workspaceId", "=", workspaceId)
        .where("modelId", "=", id);
      await dropVersions(trx, workspaceId, versions);
      await trx.deleteFrom("registry_model_stage").where("workspaceId", "=", workspaceId).where("modelId", "=", id).execute();
      await trx.deleteFrom("registry_model_version").where("workspaceId", "=", workspaceId).where("modelId", "=", id).execute();
    },
  };
}
