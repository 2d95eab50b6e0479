create index "registry_component_connector" on "registry_component" ("workspace_id", "connector_id", "create_time", "id");
