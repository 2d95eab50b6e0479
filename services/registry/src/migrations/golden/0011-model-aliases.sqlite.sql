create table "registry_model_alias" ("workspace_id" blob not null, "model_id" blob not null, "alias" text not null, "version_id" blob not null, "by_id" blob not null, "revision" integer not null, "update_time" integer not null, constraint "registry_model_alias_pkey" primary key ("workspace_id", "model_id", "alias"));
create index "registry_model_alias_version" on "registry_model_alias" ("workspace_id", "version_id");
create index "registry_model_alias_alias" on "registry_model_alias" ("workspace_id", "alias", "version_id");
alter table "registry_model" add column "alias_revision" integer default 0 not null;
