import { type Id, noId } from "@signalbox/runtime/ids.ts";
import { readPart } from "@signalbox/runtime/resource/parts.ts";
import { wordStore } from "@signalbox/runtime/resource/words.ts";
import type { Expression, Kysely } from "kysely";
import type { ModelRow } from "../model/tables.ts";
import { dropPromotions } from "../promotion/store.ts";
import type { RegistryTables } from "../tables.ts";
import { versionTags } from "../tags.ts";
import { modelHistory, modelMetadata } from "./metadata.ts";

type Db = Kysely<RegistryTables>;

const versionWords = wordStore("registry_model_version");

/** The name of the model of each version. */
export const modelName = readPart<string>({
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

type Versions = readonly Id[] | Expression<{ id: Id }>;

/** Drops what belongs to these versions and hangs on no model. */
export async function dropVersions(trx: Db, workspaceId: Id, versions: Versions): Promise<void> {
  await modelMetadata.drop(trx, workspaceId, versions);
  await modelHistory.drop(trx, workspaceId, versions);
  for (const table of ["registry_model_artifact", "registry_model_run", "registry_stage_change"] as const) {
    const all = trx.deleteFrom(table).where("workspaceId", "=", workspaceId);
    await all.where("versionId", "in", versions as readonly Id[]).execute();
  }
  await dropPromotions(trx, workspaceId, versions);
  await versionTags.drop(trx, workspaceId, versions);
  await versionWords.drop(trx, workspaceId, versions);
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
