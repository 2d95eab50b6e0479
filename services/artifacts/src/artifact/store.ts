import { toUuid } from "@signalbox/runtime/ids.ts";
import { readRow } from "@signalbox/runtime/resource/change.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { checkEtag } from "@signalbox/runtime/rpc/patch.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Kysely } from "kysely";
import type { Context } from "../context.ts";
import type { ArtifactRow, ArtifactsTables } from "../tables.ts";
import { dropVersions } from "../version/drop.ts";
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

const portion = 500;

/** Deletes the versions of an artifact, consumed or not, some at a time, each time with a record. Fails with NOT_FOUND or ETAG_MISMATCH. */
export async function dropAllVersions({ database: { db }, mutate }: Context, call: Call, etag: string): Promise<void> {
  const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
  const { revision, projectId } = await readRow(db, { table: "artifacts_artifact", type: "artifact", workspaceId, id });
  checkEtag(etag, revision);
  const own = db.selectFrom("artifacts_version").select("id").where("workspaceId", "=", workspaceId).where("artifactId", "=", id);
  for (;;) {
    const ids = (await own.limit(portion).execute()).map((version) => version.id);
    if (ids.length === 0) return;
    await mutate(call, { subject: toUuid(id), project: toUuid(projectId) }, (trx) => dropVersions(trx, workspaceId, ids, "all"));
  }
}
