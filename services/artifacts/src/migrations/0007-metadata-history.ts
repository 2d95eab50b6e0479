import { createMetadataHistory } from "@signalbox/runtime/resource/metadata-history.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** All values that were logged of versions; the latest of each key stays where it was. */
export const metadataHistory: Migration = (dialect) => ({
  up: (db) => createMetadataHistory(db, dialect, "artifacts_metadata_entry"),
});
