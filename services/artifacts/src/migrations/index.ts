import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { artifacts } from "./0001-artifacts.ts";
import { uses } from "./0002-uses.ts";
import { tags } from "./0003-tags.ts";
import { versionFields } from "./0004-version-fields.ts";

/** The tables of artifacts, in the order in which they came to be. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-artifacts": artifacts,
  "0002-uses": uses,
  "0003-tags": tags,
  "0004-version-fields": versionFields,
};
