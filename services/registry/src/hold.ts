import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "./tables.ts";

type Held = "pipeline" | "build" | "snapshot";

/**
 * Changes nothing, and holds a row until the transaction ends: its deletion comes before this or sees what is
 * added to it. Fails with NOT_FOUND.
 */
export async function hold(trx: Kysely<RegistryTables>, type: Held, workspaceId: Id, id: Id): Promise<void> {
  const { numUpdatedRows } = await (trx as Kysely<Pick<RegistryTables, "registry_pipeline">>)
    .updateTable(`registry_${type}` as "registry_pipeline")
    .set((row) => ({ revision: row.ref("revision") }))
    .where("workspaceId", "=", workspaceId)
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw notFound(type, toUuid(id));
}
