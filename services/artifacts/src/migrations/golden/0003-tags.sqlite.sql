create table "artifacts_tag_name" ("workspace_id" blob not null, "id" blob not null, "name" text not null, "exclusive" integer not null, "revision" integer not null, "settle_time" integer not null, "gone_time" integer not null, constraint "artifacts_tag_name_pkey" primary key ("workspace_id", "id"));
create index "artifacts_tag_name_name" on "artifacts_tag_name" ("workspace_id", "name");
create index "artifacts_tag_name_settle" on "artifacts_tag_name" ("settle_time");
create index "artifacts_tag_name_gone" on "artifacts_tag_name" ("gone_time");
create table "artifacts_tagging" ("workspace_id" blob not null, "kind" integer not null, "resource_id" blob not null, "tag_id" blob not null, "project_id" blob not null, "scope_id" blob not null, "resource_time" integer not null, "create_time" integer not null, constraint "artifacts_tagging_pkey" primary key ("workspace_id", "kind", "resource_id", "tag_id"));
create index "artifacts_tagging_newest" on "artifacts_tagging" ("workspace_id", "kind", "tag_id", "resource_time", "resource_id");
create index "artifacts_tagging_newest_in" on "artifacts_tagging" ("workspace_id", "project_id", "kind", "tag_id", "resource_time", "resource_id");
create index "artifacts_tagging_scope" on "artifacts_tagging" ("workspace_id", "tag_id", "kind", "scope_id");
