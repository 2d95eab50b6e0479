create table "registry_pipeline_purge" ("workspace_id" uuid not null, "id" uuid not null, "create_time" bigint not null, constraint "registry_pipeline_purge_pkey" primary key ("workspace_id", "id"));
