create table "registry_run_template" ("workspace_id" blob not null, "id" blob not null, "owner_id" blob not null, "content_hash" blob not null, "project_id" blob not null, "name" text not null, "description" text not null, "snapshot_id" blob not null, "pipeline_id" blob not null, "hidden" integer not null, "revision" integer not null, "create_time" integer not null, "update_time" integer not null, constraint "registry_run_template_pkey" primary key ("workspace_id", "id"));
create unique index "registry_run_template_name" on "registry_run_template" ("workspace_id", "project_id", "name");
create index "registry_run_template_newest" on "registry_run_template" ("workspace_id", "create_time", "id");
create index "registry_run_template_newest_in" on "registry_run_template" ("workspace_id", "project_id", "create_time", "id");
create index "registry_run_template_pipeline" on "registry_run_template" ("workspace_id", "pipeline_id");
