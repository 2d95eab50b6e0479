import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Variables of components and stacks, where a stack is described, and what clients keep with projects. */
export const variables: Migration = ({ types: { text, document } }) => ({
  async up(db) {
    for (const table of ["registry_component", "registry_stack"]) {
      await db.schema.alterTable(table).addColumn("environment", document).execute();
      await db.schema.alterTable(table).addColumn("secrets", text).execute();
      await db.updateTable(table).set({ environment: "{}", secrets: "" }).execute();
    }
    await db.schema.alterTable("registry_stack").addColumn("spec_path", text).execute();
    await db.updateTable("registry_stack").set({ spec_path: "" }).execute();
    await db.schema.alterTable("registry_project").addColumn("details", document).execute();
    await db.updateTable("registry_project").set({ details: "" }).execute();
  },
});
