create table "registry_tag" ("workspace_id" uuid not null, "id" uuid not null, "owner_id" uuid not null, "content_hash" bytea not null, "name" varchar(255) collate "C" not null, "description" text not null, "color" smallint not null, "exclusive" smallint not null, "revision" bigint not null, "create_time" bigint not null, "update_time" bigint not null, constraint "registry_tag_pkey" primary key ("workspace_id", "id"));
create unique index "registry_tag_name" on "registry_tag" ("workspace_id", "name");
create index "registry_tag_newest" on "registry_tag" ("workspace_id", "create_time", "id");
