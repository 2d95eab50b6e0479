create table "runs_known_tag" ("workspace_id" blob not null, "id" blob not null, "name" text not null, "exclusive" integer not null, "revision" integer not null, "settle_time" integer not null, "gone_time" integer not null, constraint "runs_known_tag_pkey" primary key ("workspace_id", "id"));
create index "runs_known_tag_name" on "runs_known_tag" ("workspace_id", "name");
create index "runs_known_tag_settle" on "runs_known_tag" ("settle_time");
create index "runs_known_tag_gone" on "runs_known_tag" ("gone_time");
create table "runs_tagging" ("workspace_id" blob not null, "kind" integer not null, "resource_id" blob not null, "tag_id" blob not null, "project_id" blob not null, "scope_id" blob not null, "resource_time" integer not null, "create_time" integer not null, constraint "runs_tagging_pkey" primary key ("workspace_id", "kind", "resource_id", "tag_id"));
create index "runs_tagging_newest" on "runs_tagging" ("workspace_id", "kind", "tag_id", "resource_time", "resource_id");
create index "runs_tagging_newest_in" on "runs_tagging" ("workspace_id", "project_id", "kind", "tag_id", "resource_time", "resource_id");
create index "runs_tagging_scope" on "runs_tagging" ("workspace_id", "tag_id", "kind", "scope_id");
