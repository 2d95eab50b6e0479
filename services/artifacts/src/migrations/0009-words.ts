import { createWordTable, keepWords } from "@signalbox/runtime/resource/words.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Whatever has a name is found by the words of it. */
export const words: Migration = (dialect) => ({
  async up(db) {
    await createWordTable(db, dialect, "artifacts");
    await keepWords(db, dialect, "artifacts_artifact");
  },
});
