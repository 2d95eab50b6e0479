import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { type Metadata, metadataStore, sameMetadata } from "@signalbox/runtime/resource/metadata.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import { sendAll } from "@signalbox/runtime/store/send-all.ts";
import type { Expression, Kysely } from "kysely";
import type { ModelRow } from "../model/tables.ts";
import type { RegistryTables } from "../tables.ts";

type Db = Kysely<RegistryTables>;

export const modelMetadata = metadataStore("registry_model_metadata");

/** What belongs to a version and has rows of its own. */
export interface Parts {
  readonly artifacts: readonly { readonly name: string; readonly artifactVersion: string }[];
  readonly metadata: Metadata;
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
  const metadata = await modelMetadata.of(db, workspaceId, versions);
  const artifactsOf = Map.groupBy(artifacts, ({ versionId }) => versionId.toString("hex"));
  return new Map(
    versions.map((id) => {
      const key = id.toString("hex");
      const parts: Parts = {
        artifacts: (artifactsOf.get(key) ?? []).map(({ name, artifactVersionId }) => ({
          name,
          artifactVersion: toUuid(artifactVersionId),
        })),
        metadata: metadata.get(key) ?? {},
      };
      return [key, parts];
    }),
  );
}

/** Replaces the parts that are given. */
export async function setParts(
  trx: Db,
  dialect: Dialect,
  { workspaceId, id: versionId }: { readonly workspaceId: Id; readonly id: Id },
  { artifacts, metadata }: NewParts,
): Promise<void> {
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
    await modelMetadata.drop(trx, workspaceId, [versionId]);
    await sendAll(trx, dialect, modelMetadata.adding(dialect, [{ workspaceId, id: versionId, metadata }]));
  }
}

/** Drops the parts of these versions. */
export async function dropVersions(trx: Db, workspaceId: Id, versions: readonly Id[] | Expression<{ id: Id }>): Promise<void> {
  await modelMetadata.drop(trx, workspaceId, versions);
  const artifacts = trx.deleteFrom("registry_model_artifact").where("workspaceId", "=", workspaceId);
  await artifacts.where("versionId", "in", versions as readonly Id[]).execute();
}

/** Whether parts that are given are other than those there are. */
export function differs({ artifacts, metadata }: NewParts, from: Parts): boolean {
  const list = (parts: Parts["artifacts"]) =>
    JSON.stringify(parts.map(({ name, artifactVersion }) => [name, artifactVersion.toLowerCase()]));
  if (artifacts && list(artifacts) !== list(from.artifacts)) return true;
  return metadata !== undefined && !sameMetadata(metadata, from.metadata);
}

/** Deletes the versions of a model. */
export async function dropVersionsOf(trx: Db, { workspaceId, id }: ModelRow): Promise<void> {
  const versions = trx.selectFrom("registry_model_version").select("id").where("workspaceId", "=", workspaceId).where("modelId", "=", id);
  await dropVersions(trx, workspaceId, versions);
  await trx.deleteFrom("registry_model_stage").where("workspaceId", "=", workspaceId).where("modelId", "=", id).execute();
  await trx.deleteFrom("registry_model_version").where("workspaceId", "=", workspaceId).where("modelId", "=", id).execute();
}
