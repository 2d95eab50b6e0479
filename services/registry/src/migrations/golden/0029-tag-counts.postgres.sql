create table "registry_tag_touch" ("workspace_id" uuid not null, "id" uuid primary key, "tag_id" uuid not null);
create table "registry_tag_count" ("workspace_id" uuid not null, "tag_id" uuid not null, "kind" smallint not null, "count" bigint not null, "revision" bigint not null, constraint "registry_tag_count_pkey" primary key ("workspace_id", "tag_id", "kind"));
create index "registry_tag_count_kind" on "registry_tag_count" ("workspace_id", "kind", "tag_id");
