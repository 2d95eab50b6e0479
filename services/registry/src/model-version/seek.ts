import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, toId } from "@signalbox/runtime/ids.ts";
import { called } from "@signalbox/runtime/resource/lists.ts";
import type { Place } from "@signalbox/runtime/resource/standard-rows.ts";
import type { Kysely } from "kysely";
import type { ModelVersionRow } from "../model/tables.ts";
import type { RegistryTables } from "../tables.ts";
import { soughtBy } from "./name.ts";

/** The version of a model that a reference stands for now, in one statement. Fails with NOT_FOUND. */
export async function seekVersion(
  db: Kysely<RegistryTables>,
  { workspaceId, id: modelId }: Place,
  reference: string,
): Promise<Pick<ModelVersionRow, "id" | "number">> {
  const sought = soughtBy(reference);
  const all = db.selectFrom("registry_model_version").select(["id", "number"]).where("workspaceId", "=", workspaceId);
  const own = all.where("modelId", "=", modelId);
  const aliased = db.selectFrom("registry_model_alias").select("versionId").where("workspaceId", "=", workspaceId);
  const such =
    sought === "latest"
      ? own
      : "alias" in sought
        ? own.where("id", "=", aliased.where("modelId", "=", modelId).where("alias", "=", sought.alias))
        : own.where(sought.column, "=", sought.value);
  const row = await such.orderBy("number", "desc").limit(1).executeTakeFirst();
  if (!row) throw notFound("model_version", reference);
  return row;
}

/** One more than a filter may match, so that it is refused and not cut. */
const most = 1001;

/** The versions of a model by its id, or of all that are called so, or begin so; at most 1,001. */
export async function versionsOfModels(
  db: Kysely<RegistryTables>,
  workspaceId: Id,
  { model, prefix }: { readonly model: string; readonly prefix: boolean },
): Promise<Id[]> {
  const models = isUuid(model) && !prefix ? [toId(model)] : await called(db, "registry_model", workspaceId)({ text: model, prefix });
  if (models.length === 0 || models.length === most) return models;
  const versions = db.selectFrom("registry_model_version").select("id").where("workspaceId", "=", workspaceId);
  return (await versions.where("modelId", "in", models).limit(most).execute()).map(({ id }) => id);
}
