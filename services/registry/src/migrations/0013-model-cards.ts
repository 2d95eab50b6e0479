import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** What people should know of a model before they use it. */
export const modelCards: Migration = ({ types }) => ({
  async up(db) {
    const { text, flag } = types;
    const texts = { audience: text, use_cases: text, limitations: text, trade_offs: text, ethics: text };
    const columns = { ...texts, save_to_registry: flag };
    for (const [column, type] of Object.entries(columns)) await db.schema.alterTable("registry_model").addColumn(column, type).execute();
    const none = Object.fromEntries(Object.keys(texts).map((column) => [column, ""]));
    await db
      .updateTable("registry_model")
      .set({ ...none, save_to_registry: 0 })
      .execute();
    await db.schema.alterTable("registry_model_version").addColumn("card", text).execute();
    await db.updateTable("registry_model_version").set({ card: "" }).execute();
  },
});
