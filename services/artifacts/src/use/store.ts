import type { Id } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { type ListContext, type ListRequest, list, type Page } from "@signalbox/runtime/store/page.ts";
import type { ArtifactsTables, UseRow } from "../tables.ts";

/** Asked in one order only: ids sort as the uses became known. */
const listing: Listing = {
  table: "artifacts_use",
  fixed: ["workspaceId", "versionId"],
  key: "id",
  defaultOrder: "id",
  fields: { id: { kind: "id", column: "id", sortable: true } },
};

export function useStore({ db }: Pick<Database<ArtifactsTables>, "db">) {
  return {
    list(workspaceId: Id, versionId: Id, { pageSize, pageToken }: ListRequest, context: ListContext): Promise<Page<UseRow>> {
      const query = db.selectFrom("artifacts_use").selectAll().where("workspaceId", "=", workspaceId).where("versionId", "=", versionId);
      return list(query, listing, { pageSize, pageToken }, context);
    },
  };
}
