alter table "registry_model_metadata" add column "number" double precision;
alter table "registry_model_metadata" add column "text" varchar(255) collate "C";
select "workspace_id", "version_id", "key", "value" from "registry_model_metadata" order by "workspace_id", "version_id", "key" limit $1;
create index "registry_model_metadata_value" on "registry_model_metadata" ("workspace_id", "key", "number", "text", "version_id");
