import { createMetadataHistory } from "@signalbox/runtime/resource/metadata-history.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** All values that the metadata of model versions had. */
export const metadataHistory: Migration = (dialect) => ({
  up: (db) => createMetadataHistory(db, dialect, "registry_model_metadata_entry"),
});
