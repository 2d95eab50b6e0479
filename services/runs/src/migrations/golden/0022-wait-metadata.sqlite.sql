create table "runs_wait_metadata" ("workspace_id" blob not null, "version_id" blob not null, "key" text not null, "value" blob not null, constraint "runs_wait_metadata_pkey" primary key ("workspace_id", "version_id", "key"));
alter table "runs_wait_metadata" add column "number" real;
alter table "runs_wait_metadata" add column "text" text;
select "workspace_id", "version_id", "key", "value" from "runs_wait_metadata" order by "workspace_id", "version_id", "key" limit ?;
create index "runs_wait_metadata_value" on "runs_wait_metadata" ("workspace_id", "key", "number", "text", "version_id");
select "workspace_id", "id", "metadata" from "runs_wait_condition" where "metadata" not in (?, ?) order by "workspace_id", "id" limit ?;
