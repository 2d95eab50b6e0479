create table "registry_build" ("workspace_id" blob not null, "id" blob not null, "owner_id" blob not null, "content_hash" blob not null, "project_id" blob not null, "pipeline_id" blob not null, "stack_id" blob not null, "local" integer not null, "contains_code" integer not null, "client_version" text not null, "python_version" text not null, "checksum" text not null, "stack_checksum" text not null, "revision" integer not null, "create_time" integer not null, "update_time" integer not null, "duration_seconds" integer, constraint "registry_build_pkey" primary key ("workspace_id", "id"));
create index "registry_build_newest" on "registry_build" ("workspace_id", "create_time", "id");
create index "registry_build_newest_in" on "registry_build" ("workspace_id", "project_id", "create_time", "id");
create index "registry_build_pipeline" on "registry_build" ("workspace_id", "pipeline_id", "create_time", "id");
create index "registry_build_stack" on "registry_build" ("workspace_id", "stack_id", "create_time", "id");
create index "registry_build_checksum" on "registry_build" ("workspace_id", "checksum", "create_time", "id");
create table "registry_build_image" ("workspace_id" blob not null, "build_id" blob not null, "key" text not null, "image" text not null, "dockerfile_hash" blob not null, "requirements_hash" blob not null, "settings_checksum" text not null, "contains_code" integer not null, "downloads_code" integer not null, constraint "registry_build_image_pkey" primary key ("workspace_id", "build_id", "key"));
alter table "registry_snapshot" add column "build_id" blob default x'00000000000000000000000000000000' not null;
create index "registry_snapshot_build" on "registry_snapshot" ("workspace_id", "build_id");
