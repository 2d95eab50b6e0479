create table "runs_tag_touch" ("workspace_id" blob not null, "id" blob primary key, "tag_id" blob not null);
create table "runs_tag_count" ("workspace_id" blob not null, "tag_id" blob not null, "kind" integer not null, "count" integer not null, "revision" integer not null, constraint "runs_tag_count_pkey" primary key ("workspace_id", "tag_id", "kind"));
create index "runs_tag_count_kind" on "runs_tag_count" ("workspace_id", "kind", "tag_id");
