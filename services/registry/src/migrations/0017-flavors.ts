import { changeColumns, identityColumns } from "@signalbox/runtime/resource/row.ts";
import { createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

export const flavors: Migration = ({ types }) => ({
  async up(db) {
    const { name, text, flag, document, enum: number } = types;
    const table = "registry_flavor";
    await createTable(
      db,
      table,
      {
        ...identityColumns(types),
        ...{ name, type: number, display_name: name, schema: document, source: text, integration: name },
        ...{ logo_url: text, docs_url: text, sdk_docs_url: text },
        ...{ connector_type: name, connector_resource_type: name, connector_resource_attribute: name, custom: flag },
        ...changeColumns(types),
      },
      ["workspace_id", "id"],
    );
    await createKeys(db, table, { name: ["workspace_id", "name", "type"] });
    await createIndexes(db, table, {
      newest: ["workspace_id", "create_time", "id"],
      type: ["workspace_id", "type", "id"],
    });
    await createIndexes(db, "registry_component", { flavor: ["workspace_id", "flavor", "create_time", "id"] });
  },
});
