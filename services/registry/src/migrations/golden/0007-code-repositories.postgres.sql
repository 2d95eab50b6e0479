create table "registry_code_repository" ("workspace_id" uuid not null, "id" uuid not null, "owner_id" uuid not null, "content_hash" bytea not null, "project_id" uuid not null, "name" varchar(255) collate "C" not null, "description" text not null, "host" smallint not null, "address" text not null, "logo_url" text not null, "source" text not null, "configuration" text not null, "revision" bigint not null, "create_time" bigint not null, "update_time" bigint not null, constraint "registry_code_repository_pkey" primary key ("workspace_id", "id"));
create unique index "registry_code_repository_name" on "registry_code_repository" ("workspace_id", "project_id", "name");
create index "registry_code_repository_newest" on "registry_code_repository" ("workspace_id", "create_time", "id");
create index "registry_code_repository_newest_in" on "registry_code_repository" ("workspace_id", "project_id", "create_time", "id");
alter table "registry_snapshot" add column "code_repository_id" uuid;
