import { noId } from "@signalbox/runtime/ids.ts";
import { type Metadata, metadataPart, metadataStore, sameValue } from "@signalbox/runtime/resource/metadata.ts";
import { metadataHistory } from "@signalbox/runtime/resource/metadata-history.ts";
import type { Part } from "@signalbox/runtime/resource/parts.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";

export const modelMetadata = metadataStore("registry_model_metadata");

/** Where all metadata of versions is kept. */
export const modelLog = {
  ...{ latest: "registry_model_metadata", table: "registry_model_metadata_entry", versions: "registry_model_version" },
  type: "model_version",
};
export const modelHistory = metadataHistory(modelLog);

/** The latest metadata of versions. An update that replaces it logs what it changes; what it takes away is in the history only. */
export function modelFacts(dialect: Dialect): Part<Metadata> {
  const latest = metadataPart(modelMetadata, dialect);
  return {
    ...latest,
    async set(trx, workspaceId, id, metadata, setting) {
      if (setting.created) return latest.set(trx, workspaceId, id, metadata, setting);
      const before = (await modelMetadata.of(trx, workspaceId, [id])).get(id.toString("hex")) ?? {};
      const values = Object.fromEntries(Object.entries(metadata).filter(([key, value]) => !sameValue(value, before[key])));
      const origin = { runId: noId, step: "", componentId: noId, ownerId: setting.by };
      await modelHistory.log(trx, dialect, { workspaceId, versions: [id], values, requestId: noId, origin, now: setting.now });
      const gone = Object.keys(before).filter((key) => metadata[key] === undefined);
      if (gone.length > 0) await modelMetadata.dropKeys(trx, workspaceId, id, gone);
    },
  };
}
