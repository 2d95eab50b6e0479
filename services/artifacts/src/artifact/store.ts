import type { Kysely } from "kysely";
import type { ArtifactRow, ArtifactsTables } from "../tables.ts";
import { inUse } from "../version/in-use.ts";
import { dropParts } from "../version/parts.ts";

/** Deletes the versions of an artifact that is deleted by then, so that nobody adds one. Fails with IN_USE where one was consumed. */
export async function dropUnusedVersions(trx: Kysely<ArtifactsTables>, { workspaceId, id }: ArtifactRow): Promise<void> {
  const versions = trx.selectFrom("artifacts_version").select("id").where("workspaceId", "=", workspaceId).where("artifactId", "=", id);
  await dropParts(trx, workspaceId, versions);
  const own = trx.deleteFrom("artifacts_version").where("workspaceId", "=", workspaceId).where("artifactId", "=", id);
  await own.where("consumerCount", "=", 0).execute();
  const left = await versions.select("consumerCount").limit(1).executeTakeFirst();
  if (left) throw inUse(left, "a version of the artifact");
}
