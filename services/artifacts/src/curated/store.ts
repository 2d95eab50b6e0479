import type { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import type { ArtifactsTables, CuratedRow } from "../tables.ts";

type Db = Kysely<ArtifactsTables>;

/** Holds what is shown until the transaction ends, so that it does not go meanwhile. Fails with NOT_FOUND. */
export async function holdVisualization(trx: Db, { workspaceId, visualizationId }: CuratedRow): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable("artifacts_visualization")
    .set((row) => ({ revision: row.ref("revision") }))
    .where("workspaceId", "=", workspaceId)
    .where("id", "=", visualizationId)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw notFound("visualization", toUuid(visualizationId));
}

/** Drops what was shown with resources that are gone. */
export async function dropShownWith(trx: Db, workspaceId: Id, kind: ResourceKind, resources: readonly Id[]): Promise<void> {
  const own = trx.deleteFrom("artifacts_curated").where("workspaceId", "=", workspaceId).where("resourceId", "in", resources);
  await own.where("resourceKind", "=", kind).execute();
}
