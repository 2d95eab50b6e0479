import { noId } from "@signalbox/runtime/ids.ts";
import type { BulkRow, BulkTable, ColumnsOf } from "@signalbox/runtime/store/dialect/bulk.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import { sendAll } from "@signalbox/runtime/store/send-all.ts";
import type { CompiledQuery, Kysely } from "kysely";
import type { ArtifactsTables, VersionRow } from "../tables.ts";
import { versionTags } from "../tags.ts";
import { adding } from "../visualization/store.ts";
import type { Draft } from "./draft.ts";
import type { WholeVersion } from "./mapping.ts";
import { versionMetadata } from "./parts.ts";
import { type Place, takeNumbers } from "./take-numbers.ts";

type Db = Kysely<ArtifactsTables>;

const versions: BulkTable = {
  name: "artifacts_version",
  columns: {
    ...{ workspaceId: "id", id: "id", contentHash: "hash", ownerId: "id", projectId: "id", artifactId: "id", number: "int" },
    ...{ version: "name", type: "enum", uri: "text", dataType: "name", serializer: "name", digest: "name", sizeBytes: "int" },
    ...{ itemCount: "int", producerRunId: "id", producerStep: "name", consumerCount: "int", unused: "flag", visualized: "flag" },
    ...{
      artifactStoreId: "id",
      saveKind: "enum",
      clientHash: "name",
      serializerSource: "bytes",
      dataTypeSource: "bytes",
      description: "text",
    },
    ...{ revision: "int", createTime: "time", updateTime: "time" },
  } satisfies ColumnsOf<VersionRow>,
};

/**
 * Adds versions, and the artifacts that are new, in a number of statements that does not grow with the batch; `others` are
 * sent with them. The artifacts' rows stay held until the transaction ends, and one that fails gives the numbers
 * back: no gaps, no doubles. Fails with NOT_FOUND where a project is being deleted. A key that is taken fails as the database says it.
 */
export async function addVersions(
  trx: Db,
  dialect: Dialect,
  drafts: readonly Draft[],
  others: readonly CompiledQuery[],
): Promise<WholeVersion[]> {
  const { places, settle } = await takeNumbers(trx, dialect, drafts);
  const rows = drafts.map(({ row, artifactName, metadata, visualizations, tags }, i) => {
    const { artifactId, number } = places[i] as Place;
    return { row: { ...row, artifactId, number, version: row.version || String(number) }, artifactName, metadata, visualizations, tags };
  });
  await sendAll(trx, dialect, [
    ...dialect.bulk.insert(
      versions,
      rows.map(({ row }): BulkRow => ({ ...row })),
    ),
    ...versionMetadata.adding(
      dialect,
      rows.map(({ row: { workspaceId, id }, metadata }) => ({ workspaceId, id, metadata })),
    ),
    ...adding(
      dialect,
      drafts.flatMap(({ visualizations }) => visualizations),
    ),
    ...others,
  ]);
  await settle();
  const tagged = rows.flatMap(({ row, tags }) => (tags.length > 0 ? [{ holder: row, tags }] : []));
  const [first] = tagged;
  if (!first) return rows.map((row) => ({ ...row, tags: [], producerStepId: noId }));
  await versionTags.attach(trx, dialect, tagged, first.holder.createTime);
  const ids = tagged.map(({ holder }) => holder.id);
  const names = new Map<string, readonly string[]>();
  // Of several workspaces: their calls may have come at the same time.
  for (const own of Map.groupBy(tagged, ({ holder }) => holder.workspaceId.toString("hex")).values()) {
    for (const [id, some] of await versionTags.of(trx, (own[0] as typeof first).holder.workspaceId, ids)) names.set(id, some);
  }
  return rows.map((row) => ({ ...row, tags: names.get(row.row.id.toString("hex")) ?? [], producerStepId: noId }));
}
