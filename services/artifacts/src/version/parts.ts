import type { Id } from "@signalbox/runtime/ids.ts";
import { metadataStore } from "@signalbox/runtime/resource/metadata.ts";
import { metadataHistory } from "@signalbox/runtime/resource/metadata-history.ts";
import type { Expression, Kysely } from "kysely";
import type { ArtifactsTables } from "../tables.ts";
import { versionTags } from "../tags.ts";
import { dropShown } from "../visualization/store.ts";

export const versionMetadata = metadataStore("artifacts_metadata");

/** Where all metadata of versions is kept. */
export const versionLog = {
  ...{ latest: "artifacts_metadata", table: "artifacts_metadata_entry", versions: "artifacts_version", type: "artifact_version" },
};
const versionHistory = metadataHistory(versionLog);

/** Drops what belongs to these versions. */
export async function dropParts(
  trx: Kysely<ArtifactsTables>,
  workspaceId: Id,
  versions: readonly Id[] | Expression<{ id: Id }>,
): Promise<void> {
  await versionMetadata.drop(trx, workspaceId, versions);
  await versionHistory.drop(trx, workspaceId, versions);
  await versionTags.drop(trx, workspaceId, versions);
  await dropShown(trx, workspaceId, versions);
  const uses = trx.deleteFrom("artifacts_use").where("workspaceId", "=", workspaceId);
  await uses.where("versionId", "in", versions as readonly Id[]).execute();
}
