import { notFound } from "@signalbox/runtime/errors.ts";
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
