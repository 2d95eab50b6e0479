import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import { type Kysely, sql } from "kysely";
import type { ArtifactsTables } from "../tables.ts";

type Db = Kysely<ArtifactsTables>;

/**
 * Takes so many numbers of each artifact, by its id in hexadecimal; resolves
 * with the last of them. Two statements. The rows stay held until the
 * transaction ends, and one that fails gives the numbers back: no gaps, no doubles.
 */
export async function takeNumbers(trx: Db, workspaceId: Id, counts: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  // In order of id, so that two batches with the same artifacts do not wait for each other in a circle.
  const ids = [...counts.keys()].sort().map((hex) => Buffer.from(hex, "hex"));
  const cases = ids.map((id) => sql`when ${id} then ${sql.lit(counts.get(id.toString("hex")) ?? 0)}`);
  const last = sql<number>`last_number + case ${sql.ref("id")} ${sql.join(cases, sql` `)} else 0 end`;
  await trx
    .updateTable("artifacts_artifact")
    // In this order: MySQL reads what the assignments before it wrote.
    .set({ latestNumber: last, lastNumber: last })
    .where("workspaceId", "=", workspaceId)
    .where("id", "in", ids)
    .execute();
  const rows = await trx
    .selectFrom("artifacts_artifact")
    .select(["id", "lastNumber"])
    .where("workspaceId", "=", workspaceId)
    .where("id", "in", ids)
    .execute();
  return new Map(rows.map(({ id, lastNumber }) => [id.toString("hex"), lastNumber]));
}

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
