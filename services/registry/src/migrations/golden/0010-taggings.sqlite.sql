create table "registry_known_tag" ("workspace_id" blob not null, "id" blob not null, "name" text not null, "exclusive" integer not null, "revision" integer not null, "settle_time" integer not null, "gone_time" integer not null, constraint "registry_known_tag_pkey" primary key ("workspace_id", "id"));
create index "registry_known_tag_name" on "registry_known_tag" ("workspace_id", "name");
create index "registry_known_tag_settle" on "registry_known_tag" ("settle_time");
create index "registry_known_tag_gone" on "registry_known_tag" ("gone_time");
create table "registry_tagging" ("workspace_id" blob not null, "kind" integer not null, "resource_id" blob not null, "tag_id" blob not null, "project_id" blob not null, "scope_id" blob not null, "resource_time" integer not null, "create_time" integer not null, constraint "registry_tagging_pkey" primary key ("workspace_id", "kind", "resource_id", "tag_id"));
create index "registry_tagging_newest" on "registry_tagging" ("workspace_id", "kind", "tag_id", "resource_time", "resource_id");
create index "registry_tagging_newest_in" on "registry_tagging" ("workspace_id", "project_id", "kind", "tag_id", "resource_time", "resource_id");
create index "registry_tagging_scope" on "registry_tagging" ("workspace_id", "tag_id", "kind", "scope_id");
