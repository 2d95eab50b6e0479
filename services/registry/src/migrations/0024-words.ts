import { createWordTable, keepWords } from "@signalbox/runtime/resource/words.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Whatever has a name is found by the words of it. */
export const words: Migration = (dialect) => ({
  async up(db) {
    await createWordTable(db, dialect, "registry");
    await keepWords(db, dialect, "registry_project", { projects: false });
    await keepWords(db, dialect, "registry_component", { projects: false });
    await keepWords(db, dialect, "registry_stack", { projects: false });
    await keepWords(db, dialect, "registry_flavor", { projects: false });
    await keepWords(db, dialect, "registry_pipeline");
    await keepWords(db, dialect, "registry_code_repository");
    await keepWords(db, dialect, "registry_run_template");
    await keepWords(db, dialect, "registry_model");
    await keepWords(db, dialect, "registry_model_version");
    await keepWords(db, dialect, "registry_tag", { projects: false });
  },
});
