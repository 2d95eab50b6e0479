create table "registry_code_repository" ("workspace_id" blob not null, "id" blob not null, "owner_id" blob not null, "content_hash" blob not null, "project_id" blob not null, "name" text not null, "description" text not null, "host" integer not null, "address" text not null, "logo_url" text not null, "source" text not null, "configuration" text not null, "revision" integer not null, "create_time" integer not null, "update_time" integer not null, constraint "registry_code_repository_pkey" primary key ("workspace_id", "id"));
create unique index "registry_code_repository_name" on "registry_code_repository" ("workspace_id", "project_id", "name");
create index "registry_code_repository_newest" on "registry_code_repository" ("workspace_id", "create_time", "id");
create index "registry_code_repository_newest_in" on "registry_code_repository" ("workspace_id", "project_id", "create_time", "id");
alter table "registry_snapshot" add column "code_repository_id" blob;
