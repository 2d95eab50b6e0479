import type { NewVisualization } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, newId, toUuid } from "@signalbox/runtime/ids.ts";
import type { BulkRow, BulkTable, ColumnsOf } from "@signalbox/runtime/store/dialect/bulk.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { CompiledQuery, Expression, Kysely } from "kysely";
import type { ArtifactsTables, VersionRow, VisualizationRow } from "../tables.ts";

type Db = Kysely<ArtifactsTables>;

const table: BulkTable = {
  name: "artifacts_visualization",
  columns: {
    ...{ workspaceId: "id", id: "id", ownerId: "id", contentHash: "hash", projectId: "id", versionId: "id", type: "enum", uri: "text" },
    ...{ revision: "int", createTime: "time", updateTime: "time" },
  } satisfies ColumnsOf<VisualizationRow>,
};

/** Stands for "came with its version", which no request asks for. */
const noHash = Buffer.alloc(32);

type Version = Pick<VersionRow, "workspaceId" | "id" | "ownerId" | "projectId" | "createTime">;

/** The visualizations that a version comes with. */
export const visualizationsOf = (
  { workspaceId, id: versionId, ownerId, projectId, createTime }: Version,
  asked: readonly Pick<NewVisualization, "type" | "uri">[],
): VisualizationRow[] =>
  asked.map(({ type, uri }) => ({
    ...{ workspaceId, id: newId(), ownerId, contentHash: noHash, projectId, versionId, type, uri },
    ...{ revision: 1, createTime, updateTime: createTime },
  }));

/** Statements that keep them; none for none. */
export const adding = ({ bulk }: Pick<Dialect, "bulk">, rows: readonly VisualizationRow[]): CompiledQuery[] =>
  bulk.insert(table, rows as unknown as readonly BulkRow[]);

/** Those of these versions, oldest first, by the version's id in hexadecimal. */
export async function shownOf(db: Db, workspaceId: Id, versions: readonly Id[]): Promise<Map<string, VisualizationRow[]>> {
  if (versions.length === 0) return new Map();
  const all = db.selectFrom("artifacts_visualization").selectAll().where("workspaceId", "=", workspaceId);
  const rows = await all.where("versionId", "in", versions).orderBy("createTime").orderBy("id").execute();
  return Map.groupBy(rows, ({ versionId }) => versionId.toString("hex"));
}

/** Marks that a version can be shown, and holds its row until the transaction ends. Fails with NOT_FOUND. */
export async function markShown(trx: Db, { workspaceId, versionId }: Pick<VisualizationRow, "workspaceId" | "versionId">): Promise<void> {
  const update = trx.updateTable("artifacts_version").set({ visualized: 1 }).where("workspaceId", "=", workspaceId);
  const { numUpdatedRows } = await update.where("id", "=", versionId).executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw notFound("artifact_version", toUuid(versionId));
}

/** Drops how these versions are shown, and where. */
export async function dropShown(trx: Db, workspaceId: Id, versions: readonly Id[] | Expression<{ id: Id }>): Promise<void> {
  for (const each of ["artifacts_curated", "artifacts_visualization"] as const) {
    const own = trx.deleteFrom(each).where("workspaceId", "=", workspaceId);
    await own.where("versionId", "in", versions as readonly Id[]).execute();
  }
}
