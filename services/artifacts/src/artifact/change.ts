import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import { checkEtag } from "@signalbox/runtime/rpc/patch.ts";
import { type Kysely, sql } from "kysely";
import type { ArtifactRow, ArtifactsTables } from "../tables.ts";

type Db = Kysely<ArtifactsTables>;

/** Fails with NOT_FOUND. */
export async function readArtifact(db: Db, workspaceId: Id, id: Id): Promise<ArtifactRow> {
  const row = await findArtifact(db, workspaceId, id);
  if (!row) throw notFound("artifact", toUuid(id));
  return row;
}

export const findArtifact = (db: Db, workspaceId: Id, id: Id): Promise<ArtifactRow | undefined> =>
  db.selectFrom("artifacts_artifact").selectAll().where("workspaceId", "=", workspaceId).where("id", "=", id).executeTakeFirst();

/** How an artifact is to change. */
export interface ArtifactChange {
  readonly patch: { readonly name?: string; readonly description?: string };
  /** The etag that was read; empty for any. */
  readonly etag: string;
  readonly now: number;
}

/**
 * Changes an artifact, field by field: with an etag only if nobody changed it
 * since. What is as asked already is left alone, whatever the etag, so that a
 * repeat succeeds. Fails with NOT_FOUND or ETAG_MISMATCH.
 */
export async function changeArtifact(trx: Db, workspaceId: Id, id: Id, { patch, etag, now }: ArtifactChange): Promise<ArtifactRow> {
  const before = await readArtifact(trx, workspaceId, id);
  if (Object.entries(patch).every(([column, value]) => before[column as keyof typeof patch] === value)) return before;
  checkEtag(etag, before.revision);
  const update = trx
    .updateTable("artifacts_artifact")
    .set({ ...patch, updateTime: now, revision: sql<number>`revision + 1` })
    .where("workspaceId", "=", workspaceId)
    .where("id", "=", id);
  const { numUpdatedRows } = await (etag === "" ? update : update.where("revision", "=", before.revision)).executeTakeFirstOrThrow();
  const row = await readArtifact(trx, workspaceId, id);
  if (numUpdatedRows === 0n) checkEtag(etag, row.revision);
  return row;
}
