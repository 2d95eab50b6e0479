alter table "artifacts_metadata" add column "number" double precision;
alter table "artifacts_metadata" add column "text" varchar(255) collate "C";
select "workspace_id", "version_id", "key", "value" from "artifacts_metadata" order by "workspace_id", "version_id", "key" limit $1;
create index "artifacts_metadata_value" on "artifacts_metadata" ("workspace_id", "key", "number", "text", "version_id");
