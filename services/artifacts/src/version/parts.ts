import type { Id } from "@signalbox/runtime/ids.ts";
import { metadataStore } from "@signalbox/runtime/resource/metadata.ts";
import type { Expression, Kysely } from "kysely";
import type { ArtifactsTables } from "../tables.ts";
import { versionTags } from "../tags.ts";
import { dropShown } from "../visualization/store.ts";

export const versionMetadata = metadataStore("artifacts_metadata");

/** Drops what belongs to these versions. */
export async function dropParts(
  trx: Kysely<ArtifactsTables>,
  workspaceId: Id,
  versions: readonly Id[] | Expression<{ id: Id }>,
): Promise<void> {
  await versionMetadata.drop(trx, workspaceId, versions);
  await versionTags.drop(trx, workspaceId, versions);
  await dropShown(trx, workspaceId, versions);
  const uses = trx.deleteFrom("artifacts_use").where("workspaceId", "=", workspaceId);
  await uses.where("versionId", "in", versions as readonly Id[]).execute();
}
