create table "registry_tag" ("workspace_id" blob not null, "id" blob not null, "owner_id" blob not null, "content_hash" blob not null, "name" text not null, "description" text not null, "color" integer not null, "exclusive" integer not null, "revision" integer not null, "create_time" integer not null, "update_time" integer not null, constraint "registry_tag_pkey" primary key ("workspace_id", "id"));
create unique index "registry_tag_name" on "registry_tag" ("workspace_id", "name");
create index "registry_tag_newest" on "registry_tag" ("workspace_id", "create_time", "id");
