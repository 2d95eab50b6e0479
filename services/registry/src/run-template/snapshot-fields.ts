import type { Id } from "@signalbox/runtime/ids.ts";
import { called } from "@signalbox/runtime/resource/lists.ts";
import type { Beside, ListField } from "@signalbox/runtime/store/listing.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";

/** Asks for run templates by what their snapshots are of. */
export function ofSnapshot(db: Kysely<RegistryTables>, workspaceId: Id): Readonly<Record<string, ListField>> {
  const beside: Beside = {
    has: (row, where) =>
      row.exists(
        row
          .selectFrom("registry_snapshot")
          .select("registry_snapshot.id")
          .whereRef("registry_snapshot.workspaceId", "=", "registry_run_template.workspaceId")
          .whereRef("registry_snapshot.id", "=", "registry_run_template.snapshotId")
          .where(where as never),
      ),
    // Templates are looked at one by one, along an index: they are fewer than the snapshots of a stack.
    having: async () => undefined,
  };
  const field = (column: string, table?: string): ListField => ({
    kind: "id",
    column: `registry_snapshot.${column}`,
    ...(table && { resolve: called(db, table, workspaceId) }),
    beside,
  });
  return {
    build: field("buildId"),
    stack: field("stackId", "registry_stack"),
    code_repository: field("codeRepositoryId", "registry_code_repository"),
  };
}
