import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { artifacts } from "./0001-artifacts.ts";
import { uses } from "./0002-uses.ts";
import { tags } from "./0003-tags.ts";
import { versionFields } from "./0004-version-fields.ts";
import { visualizations } from "./0005-visualizations.ts";
import { prunings } from "./0006-prunings.ts";
import { metadataHistory } from "./0007-metadata-history.ts";
import { comparedMetadata } from "./0008-compared-metadata.ts";
import { words } from "./0009-words.ts";
import { tagCounts } from "./0010-tag-counts.ts";
import { cascades } from "./0011-cascades.ts";

/** The tables of artifacts, in the order in which they came to be. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-artifacts": artifacts,
  "0002-uses": uses,
  "0003-tags": tags,
  "0004-version-fields": versionFields,
  "0005-visualizations": visualizations,
  "0006-prunings": prunings,
  "0007-metadata-history": metadataHistory,
  "0008-compared-metadata": comparedMetadata,
  "0009-words": words,
  "0010-tag-counts": tagCounts,
  "0011-cascades": cascades,
};
