import type { Id } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { type Change, changeRow, findRow, readRow, type Which } from "@signalbox/runtime/resource/change.ts";
import { type ListQuery, resourceFields, scopeIn } from "@signalbox/runtime/resource/lists.ts";
import { checkEtag } from "@signalbox/runtime/rpc/patch.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import type { Kysely } from "kysely";
import { inList, requireStaying } from "../project/going.ts";
import type { ArtifactRow, ArtifactsTables } from "../tables.ts";
import { artifactTags } from "../tags.ts";
import { inUse } from "../version/in-use.ts";
import { artifactNumbers } from "../version/numbers.ts";
import { dropParts } from "../version/parts.ts";

type Db = Kysely<ArtifactsTables>;
const which = (workspaceId: Id, id: Id): Which<"artifacts_artifact"> => ({
  table: "artifacts_artifact",
  type: "artifact",
  workspaceId,
  id,
});

export function artifactStore({ db, dialect }: Pick<Database<ArtifactsTables>, "db" | "dialect">, principals: Pick<Policy, "facts">) {
  const listing = (query: ListQuery): Listing => ({
    table: "artifacts_artifact",
    ...scopeIn(query),
    key: "artifacts_artifact.id",
    defaultOrder: "create_time desc",
    fields: {
      ...resourceFields("artifacts_artifact", principals),
      name: { kind: "text", column: "artifacts_artifact.name", sortable: true },
      project: { kind: "id", column: "artifacts_artifact.projectId" },
      description: { kind: "text", column: "artifacts_artifact.description" },
      tags: artifactTags.field(db, dialect, query),
      latest_number: { kind: "int", column: "artifacts_artifact.latestNumber" },
    },
  });

  return {
    async add(trx: Db, row: ArtifactRow): Promise<void> {
      await requireStaying(trx, row.workspaceId, row.projectId);
      await trx.insertInto("artifacts_artifact").values(row).execute();
    },

    find: (workspaceId: Id, id: Id) => findRow(db, which(workspaceId, id)),

    get: (workspaceId: Id, id: Id) => readRow(db, which(workspaceId, id)),

    list: (query: ListQuery): Promise<Page<ArtifactRow>> =>
      list(
        db.selectFrom("artifacts_artifact").selectAll().where(inList("artifacts_artifact", query)),
        listing(query),
        query.request,
        query.context,
      ),

    change: async (trx: Db, workspaceId: Id, id: Id, change: Change<ArtifactRow>): Promise<ArtifactRow> =>
      (await changeRow(trx, which(workspaceId, id), change)).row,

    /** Deletes an artifact with its versions, unless one of them was consumed. Fails with NOT_FOUND, ETAG_MISMATCH or IN_USE. */
    async remove(trx: Db, workspaceId: Id, id: Id, etag: string): Promise<void> {
      // Whoever is adding a version waits for this, and then finds no artifact of that id.
      await artifactNumbers.hold(trx, workspaceId, id);
      checkEtag(etag, (await readRow(trx, which(workspaceId, id))).revision);
      const versions = trx.selectFrom("artifacts_version").select("id").where("workspaceId", "=", workspaceId).where("artifactId", "=", id);
      await dropParts(trx, workspaceId, versions);
      const own = trx.deleteFrom("artifacts_version").where("workspaceId", "=", workspaceId).where("artifactId", "=", id);
      await own.where("consumerCount", "=", 0).execute();
      const left = await versions.select("consumerCount").limit(1).executeTakeFirst();
      if (left) throw inUse(left, "a version of the artifact");
      await artifactTags.drop(trx, workspaceId, [id]);
      await trx.deleteFrom("artifacts_artifact").where("workspaceId", "=", workspaceId).where("id", "=", id).execute();
    },
  };
}
