import { addColumns } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Variables of components and stacks, where a stack is described, and what clients keep with projects. */
export const variables: Migration = (dialect) => ({
  async up(db) {
    const both = { environment: ["document", "{}"], secrets: "text" } as const;
    await addColumns(db, dialect, "registry_component", both);
    await addColumns(db, dialect, "registry_stack", { ...both, spec_path: "text" });
    await addColumns(db, dialect, "registry_project", { details: "document" });
  },
});
