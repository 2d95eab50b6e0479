create table "artifacts_tag_name" ("workspace_id" uuid not null, "id" uuid not null, "name" varchar(255) collate "C" not null, "exclusive" smallint not null, "revision" bigint not null, "settle_time" bigint not null, "gone_time" bigint not null, constraint "artifacts_tag_name_pkey" primary key ("workspace_id", "id"));
create index "artifacts_tag_name_name" on "artifacts_tag_name" ("workspace_id", "name");
create index "artifacts_tag_name_settle" on "artifacts_tag_name" ("settle_time");
create index "artifacts_tag_name_gone" on "artifacts_tag_name" ("gone_time");
create table "artifacts_tagging" ("workspace_id" uuid not null, "kind" smallint not null, "resource_id" uuid not null, "tag_id" uuid not null, "project_id" uuid not null, "scope_id" uuid not null, "resource_time" bigint not null, "create_time" bigint not null, constraint "artifacts_tagging_pkey" primary key ("workspace_id", "kind", "resource_id", "tag_id"));
create index "artifacts_tagging_newest" on "artifacts_tagging" ("workspace_id", "kind", "tag_id", "resource_time", "resource_id");
create index "artifacts_tagging_newest_in" on "artifacts_tagging" ("workspace_id", "project_id", "kind", "tag_id", "resource_time", "resource_id");
create index "artifacts_tagging_scope" on "artifacts_tagging" ("workspace_id", "tag_id", "kind", "scope_id");
