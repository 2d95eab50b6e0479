import { type Id, isUuid, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { metadataStore } from "@signalbox/runtime/resource/metadata.ts";
import { type Part, readPart } from "@signalbox/runtime/resource/parts.ts";
import type { ListField } from "@signalbox/runtime/store/listing.ts";
import type { Expression, Kysely } from "kysely";
import type { ModelRow } from "../model/tables.ts";
import type { RegistryTables } from "../tables.ts";
import { versionTags } from "../tags.ts";

type Db = Kysely<RegistryTables>;

export const modelMetadata = metadataStore("registry_model_metadata");

/** The name of the model of each version. */
export const modelName: Part<string> = readPart({
  none: "",
  async of(db: Db, workspaceId, versions) {
    const rows = await db
      .selectFrom("registry_model_version")
      .innerJoin("registry_model", (join) =>
        join
          .onRef("registry_model.workspaceId", "=", "registry_model_version.workspaceId")
          .onRef("registry_model.id", "=", "registry_model_version.modelId"),
      )
      .select(["registry_model_version.id", "registry_model.name"])
      .where("registry_model_version.workspaceId", "=", workspaceId)
      .where("registry_model_version.id", "in", versions)
      .execute();
    return new Map(rows.map(({ id, name }) => [id.toString("hex"), name]));
  },
});

/** The latest version of each model. */
export const latestVersion = readPart<{ readonly id: Id; readonly name: string }>({
  none: { id: noId, name: "" },
  async of(db: Db, workspaceId, models) {
    const rows = await db
      .selectFrom("registry_model")
      .innerJoin("registry_model_version", (join) =>
        join
          .onRef("registry_model_version.workspaceId", "=", "registry_model.workspaceId")
          .onRef("registry_model_version.modelId", "=", "registry_model.id")
          .onRef("registry_model_version.number", "=", "registry_model.latestNumber"),
      )
      .select(["registry_model_version.modelId", "registry_model_version.id", "registry_model_version.name"])
      .where("registry_model.workspaceId", "=", workspaceId)
      .where("registry_model.id", "in", models)
      .execute();
    return new Map(rows.map(({ modelId, ...latest }) => [modelId.toString("hex"), latest]));
  },
});

/** An artifact version that belongs to a version, as requests have it. */
interface Linked {
  readonly name: string;
  readonly artifactVersion: string;
}

/** The artifact versions that versions consist of, in order. */
export const modelArtifacts: Part<readonly Linked[]> = {
  none: [],
  async of(db: Db, workspaceId, versions) {
    const all = db.selectFrom("registry_model_artifact").selectAll().where("workspaceId", "=", workspaceId);
    const rows = await all.where("versionId", "in", versions).orderBy("versionId").orderBy("position").execute();
    const byVersion = Map.groupBy(rows, ({ versionId }) => versionId.toString("hex"));
    return new Map(
      [...byVersion].map(([id, own]) => [id, own.map((row) => ({ name: row.name, artifactVersion: toUuid(row.artifactVersionId) }))]),
    );
  },
  same: (a, b) =>
    a.length === b.length &&
    a.every(({ name, artifactVersion }, at) => name === b[at]?.name && toId(artifactVersion).equals(toId(b[at].artifactVersion))),
  async set(trx: Db, workspaceId, versionId, artifacts) {
    await dropArtifacts(trx, workspaceId, [versionId]);
    const rows = artifacts.map(({ name, artifactVersion }, position) => ({
      ...{ workspaceId, versionId, position, name, artifactVersionId: toId(artifactVersion) },
    }));
    if (rows.length > 0) await trx.insertInto("registry_model_artifact").values(rows).execute();
  },
  drop: (trx: Db, workspaceId, id) => dropArtifacts(trx, workspaceId, [id]),
};

type Versions = readonly Id[] | Expression<{ id: Id }>;

async function dropArtifacts(trx: Db, workspaceId: Id, versions: Versions): Promise<void> {
  const all = trx.deleteFrom("registry_model_artifact").where("workspaceId", "=", workspaceId);
  await all.where("versionId", "in", versions as readonly Id[]).execute();
}

/** Drops what belongs to these versions and hangs on no model. */
export async function dropVersions(trx: Db, workspaceId: Id, versions: Versions): Promise<void> {
  await modelMetadata.drop(trx, workspaceId, versions);
  await dropArtifacts(trx, workspaceId, versions);
  const changes = trx.deleteFrom("registry_stage_change").where("workspaceId", "=", workspaceId);
  await changes.where("versionId", "in", versions as readonly Id[]).execute();
  await versionTags.drop(trx, workspaceId, versions);
}

/** Drops what says of a model which of its versions stand where; of all of them, or of one. */
export async function dropPlaces(
  trx: Db,
  { workspaceId, models, version }: { workspaceId: Id; models: readonly Id[]; version?: Id },
): Promise<void> {
  for (const table of ["registry_model_stage", "registry_model_alias"] as const) {
    const all = trx.deleteFrom(table).where("workspaceId", "=", workspaceId).where("modelId", "in", models);
    await (version ? all.where("versionId", "=", version) : all).execute();
  }
}

/** Deletes the versions of a model. */
export async function dropVersionsOf(trx: Db, { workspaceId, id }: ModelRow): Promise<void> {
  const versions = trx.selectFrom("registry_model_version").select("id").where("workspaceId", "=", workspaceId).where("modelId", "=", id);
  await dropVersions(trx, workspaceId, versions);
  await dropPlaces(trx, { workspaceId, models: [id] });
  await trx.deleteFrom("registry_model_version").where("workspaceId", "=", workspaceId).where("modelId", "=", id).execute();
}

/** `artifacts:<artifact version's id>` */
export const artifactField: ListField = {
  kind: "member",
  has: (row, { name }) => {
    const any = row
      .selectFrom("registry_model_artifact")
      .select("registry_model_artifact.position")
      .whereRef("registry_model_artifact.workspaceId", "=", "registry_model_version.workspaceId")
      .whereRef("registry_model_artifact.versionId", "=", "registry_model_version.id");
    if (name === undefined) return row.exists(any);
    return row.exists(any.where("registry_model_artifact.artifactVersionId", "=", isUuid(name) ? toId(name) : noId));
  },
};
