import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Resolvers } from "@signalbox/runtime/policy/resolver.ts";
import type { Kysely } from "kysely";
import { organizationStore } from "./organization/store.ts";
import type { OrgTables } from "./tables.ts";
import { workspaceStore } from "./workspace/store.ts";

/** Finds organizations and workspaces, by id or name. */
export function resolversOf(db: Kysely<OrgTables>): Resolvers {
  return {
    async organization(reference) {
      const row = await organizationStore(db).find(reference);
      return row && { id: toUuid(row.id), organization: toUuid(row.id) };
    },
    async workspace(reference) {
      const row = await workspaceStore(db).find(reference);
      if (!row) return undefined;
      const id = toUuid(row.id);
      return { id, workspace: id, organization: toUuid(row.organizationId), owner: toUuid(row.ownerId) };
    },
  };
}
