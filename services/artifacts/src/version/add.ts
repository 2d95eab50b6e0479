import type { Micros } from "@signalbox/runtime/clock.ts";
import { type Id, newId } from "@signalbox/runtime/ids.ts";
import type { BulkRow, BulkTable, ColumnKind } from "@signalbox/runtime/store/dialect/bulk.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import { sendAll } from "@signalbox/runtime/store/send-all.ts";
import type { Kysely } from "kysely";
import type { ArtifactRow, ArtifactsTables, VersionRow } from "../tables.ts";
import type { Draft } from "./draft.ts";
import type { WholeVersion } from "./mapping.ts";
import { takeNumbers } from "./numbers.ts";
import { versionMetadata } from "./parts.ts";

type Db = Kysely<ArtifactsTables>;

const versions: BulkTable = {
  name: "artifacts_version",
  columns: {
    ...{ workspaceId: "id", id: "id", contentHash: "hash", ownerId: "id", projectId: "id", artifactId: "id", number: "int" },
    ...{ version: "name", type: "enum", uri: "text", dataType: "name", serializer: "name", digest: "name", sizeBytes: "int" },
    ...{ itemCount: "int", producerRunId: "id", producerStep: "name", consumerCount: "int", createTime: "time" },
  } satisfies { readonly [K in keyof VersionRow]: ColumnKind },
};

/** Stands for "made for its first version", which no request asks for. */
const noHash = Buffer.alloc(32);

/**
 * Adds versions of one project, and the artifacts that are new, in a number of
 * statements that does not grow with the batch. A key that is taken fails as
 * the database says it.
 */
export async function addVersions(trx: Db, dialect: Dialect, drafts: readonly Draft[]): Promise<WholeVersion[]> {
  const [first] = drafts;
  if (!first) return [];
  const { workspaceId } = first.row;
  const { artifacts, last } = await countUp(trx, dialect, drafts);

  // From the last number of each artifact back, so that numbers follow the order of the request.
  const left = new Map(last);
  const rows = drafts
    .toReversed()
    .map(({ row, artifactName, metadata }) => {
      const artifactId = artifacts.get(artifactName) as Id;
      const key = artifactId.toString("hex");
      const number = left.get(key) as number;
      left.set(key, number - 1);
      return { row: { ...row, artifactId, number, version: row.version || String(number) }, artifactName, metadata };
    })
    .reverse();
  await sendAll(
    trx,
    dialect,
    dialect.bulk.insert(
      versions,
      rows.map(({ row }): BulkRow => ({ ...row })),
    ),
  );
  await versionMetadata.add(
    trx,
    workspaceId,
    rows.map(({ row: { id }, metadata }) => ({ id, metadata })),
  );
  return rows;
}

/** An artifact was deleted while versions were added to it: nothing was written. */
export class ArtifactGone extends Error {
  override readonly name = "ArtifactGone";
}

/** The artifacts by name, and the last number of each by its id in hexadecimal. Fails with ArtifactGone. */
async function countUp(
  trx: Db,
  dialect: Dialect,
  drafts: readonly Draft[],
): Promise<{ artifacts: Map<string, Id>; last: Map<string, number> }> {
  const artifacts = await getOrCreate(trx, dialect, drafts);
  const counts = new Map<string, number>();
  for (const { artifactName } of drafts) {
    const key = artifacts.get(artifactName)?.toString("hex");
    if (key === undefined) throw new ArtifactGone(artifactName);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const last = await takeNumbers(trx, (drafts[0] as Draft).row.workspaceId, counts);
  for (const [name, id] of artifacts) if (!last.has(id.toString("hex"))) throw new ArtifactGone(name);
  return { artifacts, last };
}

/** The id of each artifact by its name. Inserts first where none was seen, so that of several creators one wins and all have its row. */
async function getOrCreate(trx: Db, dialect: Dialect, drafts: readonly Draft[]): Promise<Map<string, Id>> {
  const { workspaceId, projectId, ownerId, createTime } = (drafts[0] as Draft).row;
  const names = [...new Set(drafts.map(({ artifactName }) => artifactName))].sort();
  const find = async () => {
    const rows = await trx
      .selectFrom("artifacts_artifact")
      .select(["id", "name"])
      .where("workspaceId", "=", workspaceId)
      .where("projectId", "=", projectId)
      .where("name", "in", names)
      .execute();
    return new Map(rows.map(({ id, name }) => [name, id]));
  };
  const found = await find();
  // In order of name, so that two batches with the same artifacts do not wait for each other in a circle.
  const missing = names
    .filter((name) => !found.has(name))
    .map((name) => newArtifact(name, { workspaceId, projectId, ownerId, createTime }));
  if (missing.length === 0) return found;
  await dialect.onConflict(trx.insertInto("artifacts_artifact").values(missing), ["workspaceId", "projectId", "name"], []).execute();
  return find();
}

function newArtifact(
  name: string,
  { createTime, ...place }: { readonly workspaceId: Id; readonly projectId: Id; readonly ownerId: Id; readonly createTime: Micros },
): ArtifactRow {
  return {
    ...place,
    id: newId(),
    contentHash: noHash,
    name,
    description: "",
    latestNumber: 0,
    lastNumber: 0,
    revision: 1,
    createTime,
    updateTime: createTime,
  };
}
