import { compareMetadata } from "@signalbox/runtime/resource/metadata.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Versions are found by the values of their metadata. */
export const comparedMetadata: Migration = (dialect) => ({
  up: (db) => compareMetadata(db, dialect, "artifacts_metadata"),
});
