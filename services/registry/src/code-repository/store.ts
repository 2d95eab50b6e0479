import type { Id } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";

/** What is needed to tell where commits are seen, of those of these repositories that there are. */
export const codeRepositoriesById = (db: Kysely<RegistryTables>, workspaceId: Id, ids: readonly Id[]) =>
  db
    .selectFrom("registry_code_repository")
    .select(["id", "host", "address"])
    .where("workspaceId", "=", workspaceId)
    .where("id", "in", ids)
    .execute();
