import { type Id, newId } from "@signalbox/runtime/ids.ts";
import type { BulkRow, BulkTable, ColumnsOf } from "@signalbox/runtime/store/dialect/bulk.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import { sendAll } from "@signalbox/runtime/store/send-all.ts";
import type { CompiledQuery, Kysely } from "kysely";
import { requireNone, selectGoing } from "../project/going.ts";
import type { ArtifactRow, ArtifactsTables, VersionRow } from "../tables.ts";
import { versionTags } from "../tags.ts";
import type { Draft } from "./draft.ts";
import type { WholeVersion } from "./mapping.ts";
import { versionMetadata } from "./parts.ts";

type Db = Kysely<ArtifactsTables>;

const versions: BulkTable = {
  name: "artifacts_version",
  columns: {
    ...{ workspaceId: "id", id: "id", contentHash: "hash", ownerId: "id", projectId: "id", artifactId: "id", number: "int" },
    ...{ version: "name", type: "enum", uri: "text", dataType: "name", serializer: "name", digest: "name", sizeBytes: "int" },
    ...{ itemCount: "int", producerRunId: "id", producerStep: "name", consumerCount: "int", createTime: "time" },
  } satisfies ColumnsOf<VersionRow>,
};

const artifacts: BulkTable = {
  name: "artifacts_artifact",
  columns: {
    ...{ workspaceId: "id", id: "id", contentHash: "hash", ownerId: "id", projectId: "id", name: "name", description: "text" },
    ...{ latestNumber: "int", lastNumber: "int", revision: "int", createTime: "time", updateTime: "time" },
  } satisfies ColumnsOf<ArtifactRow>,
};

/** Stands for "made for its first version", which no request asks for. */
const noHash = Buffer.alloc(32);

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
  const left = await takeNumbers(trx, dialect, drafts);
  // From the last number of each artifact back, so that numbers follow the order of the request.
  const rows = drafts
    .toReversed()
    .map(({ row, artifactName, metadata, tags }) => {
      const artifact = left.get(keyOf(row.projectId, artifactName)) as Numbered;
      const number = artifact.last--;
      return { row: { ...row, artifactId: artifact.id, number, version: row.version || String(number) }, artifactName, metadata, tags };
    })
    .reverse();
  await sendAll(trx, dialect, [
    ...dialect.bulk.insert(
      versions,
      rows.map(({ row }): BulkRow => ({ ...row })),
    ),
    ...versionMetadata.adding(
      dialect,
      rows.map(({ row: { workspaceId, id }, metadata }) => ({ workspaceId, id, metadata })),
    ),
    ...others,
  ]);
  const tagged = rows.flatMap(({ row, tags }) => (tags.length > 0 ? [{ holder: row, tags }] : []));
  const [first] = tagged;
  if (!first) return rows.map((row) => ({ ...row, tags: [] }));
  await versionTags.attach(trx, dialect, tagged, first.holder.createTime);
  const ids = tagged.map(({ holder }) => holder.id);
  const names = new Map<string, readonly string[]>();
  // Of several workspaces: their calls may have come at the same time.
  for (const own of Map.groupBy(tagged, ({ holder }) => holder.workspaceId.toString("hex")).values()) {
    for (const [id, some] of await versionTags.of(trx, (own[0] as typeof first).holder.workspaceId, ids)) names.set(id, some);
  }
  return rows.map((row) => ({ ...row, tags: names.get(row.row.id.toString("hex")) ?? [] }));
}

interface Numbered {
  readonly id: Id;
  last: number;
}

const keyOf = (project: Id, name: string) => `${project.toString("hex")}/${name}`;

/** Counts up each artifact by its versions, making those that are new; resolves with the last number of each. */
async function takeNumbers(trx: Db, dialect: Dialect, drafts: readonly Draft[]): Promise<Map<string, Numbered>> {
  const byArtifact = [...Map.groupBy(drafts, ({ row, artifactName }) => keyOf(row.projectId, artifactName))];
  // In order, so that two batches with the same artifacts do not wait for each other in a circle.
  const counted = byArtifact.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, some]) => newArtifact(some));
  const sums = ["latestNumber", "lastNumber"];
  const upserts = dialect.bulk.insert(artifacts, counted as unknown as readonly BulkRow[], {
    key: ["workspaceId", "projectId", "name"],
    overwrite: [],
    sums,
  });
  const found = trx
    .selectFrom("artifacts_artifact")
    .select(["id", "projectId as project", "name", "lastNumber as last"])
    .where((row) =>
      row.or(
        [...Map.groupBy(counted, ({ projectId }) => projectId.toString("hex")).values()].map((some) => {
          const [{ workspaceId, projectId }] = some as [ArtifactRow];
          const names = some.map(({ name }) => name);
          return row.and([row("workspaceId", "=", workspaceId), row("projectId", "=", projectId), row("name", "in", names)]);
        }),
      ),
    );
  const answers = await sendAll(trx, dialect, [...upserts, found.compile(), selectGoing(trx, counted).compile()]);
  const [rows, going] = answers.slice(-2) as unknown as [readonly (Numbered & { project: Id; name: string })[], readonly { project: Id }[]];
  requireNone(going);
  return new Map(rows.map(({ id, project, name, last }) => [keyOf(project, name), { id, last }]));
}

/** An artifact as it is made for its first versions. */
function newArtifact(versions: readonly Draft[]): ArtifactRow {
  const [{ row, artifactName }] = versions as [Draft];
  const { workspaceId, projectId, ownerId, createTime } = row;
  return {
    ...{ workspaceId, id: newId(), contentHash: noHash, ownerId, projectId, name: artifactName, description: "" },
    ...{ latestNumber: versions.length, lastNumber: versions.length, revision: 1, createTime, updateTime: createTime },
  };
}
