create table "registry_project" ("workspace_id" blob not null, "id" blob not null, "owner_id" blob not null, "content_hash" blob not null, "name" text not null, "display_name" text not null, "description" text not null, "state" integer not null, "gone_id" blob not null, "purged_time" integer not null, "revision" integer not null, "create_time" integer not null, "update_time" integer not null, constraint "registry_project_pkey" primary key ("workspace_id", "id"));
create unique index "registry_project_name" on "registry_project" ("workspace_id", "name", "gone_id");
create index "registry_project_newest" on "registry_project" ("workspace_id", "create_time", "id");
create index "registry_project_deleting" on "registry_project" ("state", "purged_time");
create table "registry_outbox" ("id" blob primary key, "sequence" integer not null, "workspace_id" blob not null, "kind" text not null, "subject" blob not null, "payload" blob not null, "created_time" integer not null);
create index "registry_outbox_sequence" on "registry_outbox" ("sequence", "id");
create table "registry_cursor" ("name" text primary key, "sequence" integer not null);
