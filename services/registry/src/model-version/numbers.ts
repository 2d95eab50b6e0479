import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import { type Kysely, sql } from "kysely";
import type { RegistryTables } from "../tables.ts";

type Db = Kysely<RegistryTables>;

const ofModel = (trx: Db, workspaceId: Id, modelId: Id) =>
  trx.updateTable("registry_model").where("workspaceId", "=", workspaceId).where("id", "=", modelId);

/**
 * Takes the next number of a model. Its row stays held until the transaction
 * ends, and a transaction that fails gives the number back: no gaps, no doubles.
 * Fails with NOT_FOUND.
 */
export async function takeNumber(trx: Db, workspaceId: Id, modelId: Id): Promise<number> {
  const { numUpdatedRows } = await ofModel(trx, workspaceId, modelId)
    // In this order: MySQL reads what the assignments before it wrote.
    .set({ latestNumber: sql<number>`last_number + 1`, lastNumber: sql<number>`last_number + 1` })
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw notFound("model", toUuid(modelId));
  const { lastNumber } = await trx
    .selectFrom("registry_model")
    .select("lastNumber")
    .where("workspaceId", "=", workspaceId)
    .where("id", "=", modelId)
    .executeTakeFirstOrThrow();
  return lastNumber;
}

/** Holds the row of a model until the transaction ends, so that what concerns all its versions happens one after another. Fails with NOT_FOUND. */
export async function holdModel(trx: Db, workspaceId: Id, modelId: Id): Promise<void> {
  const { numUpdatedRows } = await ofModel(trx, workspaceId, modelId)
    .set((row) => ({ lastNumber: row.ref("lastNumber") }))
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw notFound("model", toUuid(modelId));
}

/** Finds the highest number again after a version went. The model's row is held. */
export async function findLatest(trx: Db, workspaceId: Id, modelId: Id): Promise<void> {
  const { latest } = await trx
    .selectFrom("registry_model_version")
    .select((row) => row.fn.max("number").as("latest"))
    .where("workspaceId", "=", workspaceId)
    .where("modelId", "=", modelId)
    .executeTakeFirstOrThrow();
  await ofModel(trx, workspaceId, modelId)
    .set({ latestNumber: latest ?? 0 })
    .execute();
}
