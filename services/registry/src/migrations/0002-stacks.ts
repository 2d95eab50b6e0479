import { createLabelTable } from "@signalbox/runtime/resource/labels.ts";
import { changeColumns, identityColumns } from "@signalbox/runtime/resource/row.ts";
import { createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

export const stacks: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    await createTable(
      db,
      "registry_component",
      {
        ...identityColumns(types),
        name: types.name,
        type: types.enum,
        flavor: types.name,
        configuration: types.document,
        connector_id: types.id,
        connector_resource: types.name,
        stack_count: types.int,
        ...changeColumns(types),
      },
      ["workspace_id", "id"],
    );
    await createKeys(db, "registry_component", { name: ["workspace_id", "name", "type"] });
    await createIndexes(db, "registry_component", { newest: ["workspace_id", "create_time", "id"] });

    await createTable(
      db,
      "registry_stack",
      { ...identityColumns(types), name: types.name, description: types.text, ...changeColumns(types) },
      ["workspace_id", "id"],
    );
    await createKeys(db, "registry_stack", { name: ["workspace_id", "name"] });
    await createIndexes(db, "registry_stack", { newest: ["workspace_id", "create_time", "id"] });

    await createTable(
      db,
      "registry_stack_component",
      { workspace_id: types.id, stack_id: types.id, component_id: types.id, position: types.int },
      ["workspace_id", "stack_id", "component_id"],
    );
    await createIndexes(db, "registry_stack_component", { component: ["workspace_id", "component_id"] });

    await createLabelTable(db, dialect, "registry");
  },
});
