create table "registry_project" ("workspace_id" uuid not null, "id" uuid not null, "owner_id" uuid not null, "content_hash" bytea not null, "name" varchar(255) collate "C" not null, "display_name" varchar(255) collate "C" not null, "description" text not null, "state" smallint not null, "gone_id" uuid not null, "purged_time" bigint not null, "revision" bigint not null, "create_time" bigint not null, "update_time" bigint not null, constraint "registry_project_pkey" primary key ("workspace_id", "id"));
create unique index "registry_project_name" on "registry_project" ("workspace_id", "name", "gone_id");
create index "registry_project_newest" on "registry_project" ("workspace_id", "create_time", "id");
create index "registry_project_deleting" on "registry_project" ("state", "purged_time");
create table "registry_outbox" ("id" uuid primary key, "sequence" bigint not null, "workspace_id" uuid not null, "kind" varchar(255) collate "C" not null, "subject" uuid not null, "payload" bytea not null, "created_time" bigint not null);
create index "registry_outbox_sequence" on "registry_outbox" ("sequence", "id");
create table "registry_cursor" ("name" varchar(255) collate "C" primary key, "sequence" bigint not null);
