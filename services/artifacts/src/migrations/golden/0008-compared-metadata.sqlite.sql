alter table "artifacts_metadata" add column "number" real;
alter table "artifacts_metadata" add column "text" text;
select "workspace_id", "version_id", "key", "value" from "artifacts_metadata" order by "workspace_id", "version_id", "key" limit ?;
create index "artifacts_metadata_value" on "artifacts_metadata" ("workspace_id", "key", "number", "text", "version_id");
