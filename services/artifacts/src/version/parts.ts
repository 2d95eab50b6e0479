import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Expression, Kysely } from "kysely";
import { portions } from "../portions.ts";
import type { ArtifactsTables } from "../tables.ts";

type Db = Kysely<ArtifactsTables>;

export type Metadata = Readonly<Record<string, Value>>;

/** The metadata of each version that has any, by its id in hexadecimal. */
export async function metadataOf(db: Db, workspaceId: Id, versions: readonly Id[]): Promise<Map<string, Metadata>> {
  if (versions.length === 0) return new Map();
  const rows = await db
    .selectFrom("artifacts_metadata")
    .selectAll()
    .where("workspaceId", "=", workspaceId)
    .where("versionId", "in", versions)
    .orderBy("versionId")
    .orderBy("key")
    .execute();
  const byVersion = Map.groupBy(rows, ({ versionId }) => versionId.toString("hex"));
  return new Map(
    [...byVersion].map(([id, own]) => [id, Object.fromEntries(own.map(({ key, value }) => [key, fromBinary(ValueSchema, value)]))]),
  );
}

/** Keeps the metadata of new versions. */
export async function addMetadata(
  trx: Db,
  workspaceId: Id,
  versions: readonly { readonly id: Id; readonly metadata: Metadata }[],
): Promise<void> {
  const rows = versions.flatMap(({ id: versionId, metadata }) =>
    Object.entries(metadata).map(([key, value]) => ({ workspaceId, versionId, key, value: Buffer.from(toBinary(ValueSchema, value)) })),
  );
  for (const portion of portions(rows, ({ value }) => 512 + value.length)) {
    await trx.insertInto("artifacts_metadata").values(portion).execute();
  }
}

/** Drops what belongs to these versions. */
export async function dropParts(trx: Db, workspaceId: Id, versions: readonly Id[] | Expression<{ id: Id }>): Promise<void> {
  for (const table of ["artifacts_metadata", "artifacts_use"] as const) {
    await trx
      .deleteFrom(table)
      .where("workspaceId", "=", workspaceId)
      .where("versionId", "in", versions as readonly Id[])
      .execute();
  }
}
