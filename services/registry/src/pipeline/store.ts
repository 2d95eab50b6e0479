import type { Id } from "@signalbox/runtime/ids.ts";
import { called } from "@signalbox/runtime/resource/lists.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";

type Db = Kysely<RegistryTables>;

/** As many as a filter by a related name may match, and one more. */
const mostResolved = 1001;

/** The ids of what has one of these names, or else a name that begins so, over all projects; at most 1,001. */
export async function pipelinesNamed(db: Db, workspaceId: Id, names: readonly string[], prefix?: string): Promise<Id[]> {
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
}
