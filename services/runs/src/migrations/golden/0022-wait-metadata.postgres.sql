create table "runs_wait_metadata" ("workspace_id" uuid not null, "version_id" uuid not null, "key" varchar(255) collate "C" not null, "value" bytea not null, constraint "runs_wait_metadata_pkey" primary key ("workspace_id", "version_id", "key"));
alter table "runs_wait_metadata" add column "number" double precision;
alter table "runs_wait_metadata" add column "text" varchar(255) collate "C";
select "workspace_id", "version_id", "key", "value" from "runs_wait_metadata" order by "workspace_id", "version_id", "key" limit $1;
create index "runs_wait_metadata_value" on "runs_wait_metadata" ("workspace_id", "key", "number", "text", "version_id");
select "workspace_id", "id", "metadata" from "runs_wait_condition" where "metadata" not in ($1, $2) order by "workspace_id", "id" limit $3;
