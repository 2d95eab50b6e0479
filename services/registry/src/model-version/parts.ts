import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { portions } from "@signalbox/runtime/store/portions.ts";
import type { Expression, Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";

type Db = Kysely<RegistryTables>;

/** What belongs to a version and has rows of its own. */
export interface Parts {
  readonly artifacts: readonly { readonly name: string; readonly artifactVersion: string }[];
  readonly metadata: Readonly<Record<string, Value>>;
}

/** Parts that are to replace others. */
export interface NewParts {
  readonly artifacts?: Parts["artifacts"] | undefined;
  readonly metadata?: Parts["metadata"] | undefined;
}

/** The parts of each version, by its id in hexadecimal. Two statements. */
export async function partsOf(db: Db, workspaceId: Id, versions: readonly Id[]): Promise<Map<string, Parts>> {
  if (versions.length === 0) return new Map();
  const artifacts = await db
    .selectFrom("registry_model_artifact")
    .selectAll()
    .where("workspaceId", "=", workspaceId)
    .where("versionId", "in", versions)
    .orderBy("versionId")
    .orderBy("position")
    .execute();
  const metadata = await db
    .selectFrom("registry_model_metadata")
    .selectAll()
    .where("workspaceId", "=", workspaceId)
    .where("versionId", "in", versions)
    .orderBy("versionId")
    .orderBy("key")
    .execute();
  const artifactsOf = Map.groupBy(artifacts, ({ versionId }) => versionId.toString("hex"));
  const metadataOf = Map.groupBy(metadata, ({ versionId }) => versionId.toString("hex"));
  return new Map(
    versions.map((id) => {
      const key = id.toString("hex");
      const parts: Parts = {
        artifacts: (artifactsOf.get(key) ?? []).map(({ name, artifactVersionId }) => ({
          name,
          artifactVersion: toUuid(artifactVersionId),
        })),
        metadata: Object.fromEntries((metadataOf.get(key) ?? []).map((row) => [row.key, fromBinary(ValueSchema, row.value)])),
      };
      return [key, parts];
    }),
  );
}

/** Replaces the parts that are given. */
export async function setParts(trx: Db, workspaceId: Id, versionId: Id, { artifacts, metadata }: NewParts): Promise<void> {
  if (artifacts) {
    await trx.deleteFrom("registry_model_artifact").where("workspaceId", "=", workspaceId).where("versionId", "=", versionId).execute();
    const rows = artifacts.map(({ name, artifactVersion }, position) => ({
      workspaceId,
      versionId,
      position,
      name,
      artifactVersionId: toId(artifactVersion),
    }));
    if (rows.length > 0) await trx.insertInto("registry_model_artifact").values(rows).execute();
  }
  if (metadata) {
    await trx.deleteFrom("registry_model_metadata").where("workspaceId", "=", workspaceId).where("versionId", "=", versionId).execute();
    const rows = Object.entries(metadata).map(([key, value]) => ({ workspaceId, versionId, key, value: bytesOf(value) }));
    for (const portion of portions(rows, ({ value }) => 512 + value.length)) {
      await trx.insertInto("registry_model_metadata").values(portion).execute();
    }
  }
}

/** Drops the parts of these versions. */
export async function dropVersions(trx: Db, workspaceId: Id, versions: readonly Id[] | Expression<{ id: Id }>): Promise<void> {
  for (const table of ["registry_model_artifact", "registry_model_metadata"] as const) {
    await trx
      .deleteFrom(table)
      .where("workspaceId", "=", workspaceId)
      .where("versionId", "in", versions as readonly Id[])
      .execute();
  }
}

/** Whether parts that are given are other than those there are. */
export function differs({ artifacts, metadata }: NewParts, from: Parts): boolean {
  const list = (parts: Parts["artifacts"]) =>
    JSON.stringify(parts.map(({ name, artifactVersion }) => [name, artifactVersion.toLowerCase()]));
  if (artifacts && list(artifacts) !== list(from.artifacts)) return true;
  if (!metadata) return false;
  const keys = Object.keys(metadata);
  if (keys.length !== Object.keys(from.metadata).length) return true;
  return keys.some((key) => !sameValue(metadata[key], from.metadata[key]));
}

const sameValue = (a: Value | undefined, b: Value | undefined) => a !== undefined && b !== undefined && bytesOf(a).equals(bytesOf(b));
const bytesOf = (value: Value): Buffer => Buffer.from(toBinary(ValueSchema, create(ValueSchema, value)));
