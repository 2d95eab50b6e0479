create table "registry_run_template" ("workspace_id" uuid not null, "id" uuid not null, "owner_id" uuid not null, "content_hash" bytea not null, "project_id" uuid not null, "name" varchar(255) collate "C" not null, "description" text not null, "snapshot_id" uuid not null, "pipeline_id" uuid not null, "hidden" smallint not null, "revision" bigint not null, "create_time" bigint not null, "update_time" bigint not null, constraint "registry_run_template_pkey" primary key ("workspace_id", "id"));
create unique index "registry_run_template_name" on "registry_run_template" ("workspace_id", "project_id", "name");
create index "registry_run_template_newest" on "registry_run_template" ("workspace_id", "create_time", "id");
create index "registry_run_template_newest_in" on "registry_run_template" ("workspace_id", "project_id", "create_time", "id");
create index "registry_run_template_pipeline" on "registry_run_template" ("workspace_id", "pipeline_id");
