import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { changes, identity } from "./resource.ts";
import { createIndexes, createKeys, createTable } from "./table.ts";

export const stacks: Migration = ({ types }) => ({
  async up(db) {
    await createTable(
      db,
      "registry_component",
      {
        ...identity(types),
        name: types.name,
        type: types.enum,
        flavor: types.name,
        configuration: types.document,
        connector_id: types.id,
        connector_resource: types.name,
        stack_count: types.int,
        ...changes(types),
      },
      ["workspace_id", "id"],
    );
    await createKeys(db, "registry_component", { name: ["workspace_id", "name", "type"] });
    await createIndexes(db, "registry_component", { newest: ["workspace_id", "create_time", "id"] });

    await createTable(db, "registry_stack", { ...identity(types), name: types.name, description: types.text, ...changes(types) }, [
      "workspace_id",
      "id",
    ]);
    await createKeys(db, "registry_stack", { name: ["workspace_id", "name"] });
    await createIndexes(db, "registry_stack", { newest: ["workspace_id", "create_time", "id"] });

    await createTable(
      db,
      "registry_stack_component",
      { workspace_id: types.id, stack_id: types.id, component_id: types.id, position: types.int },
      ["workspace_id", "stack_id", "component_id"],
    );
    await createIndexes(db, "registry_stack_component", { component: ["workspace_id", "component_id"] });

    await createTable(db, "registry_label", { workspace_id: types.id, subject_id: types.id, key: types.name, value: types.name }, [
      "workspace_id",
      "subject_id",
      "key",
    ]);
  },
});
