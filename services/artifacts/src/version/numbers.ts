import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import type { ArtifactsTables } from "../tables.ts";

type Db = Kysely<ArtifactsTables>;

/** Holds the row of an artifact until the transaction ends, so that what concerns all its versions happens one after another. Fails with NOT_FOUND. */
export async function holdArtifact(trx: Db, workspaceId: Id, artifactId: Id): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable("artifacts_artifact")
    .set((row) => ({ lastNumber: row.ref("lastNumber") }))
    .where("workspaceId", "=", workspaceId)
    .where("id", "=", artifactId)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw notFound("artifact", toUuid(artifactId));
}

/** Finds the highest number again after a version went. The artifact's row is held. */
export async function findLatest(trx: Db, workspaceId: Id, artifactId: Id): Promise<void> {
  const { latest } = await trx
    .selectFrom("artifacts_version")
    .select((row) => row.fn.max("number").as("latest"))
    .where("workspaceId", "=", workspaceId)
    .where("artifactId", "=", artifactId)
    .executeTakeFirstOrThrow();
  await trx
    .updateTable("artifacts_artifact")
    .set({ latestNumber: latest ?? 0 })
    .where("workspaceId", "=", workspaceId)
    .where("id", "=", artifactId)
    .execute();
}
