create table "registry_model_alias" ("workspace_id" uuid not null, "model_id" uuid not null, "alias" varchar(255) collate "C" not null, "version_id" uuid not null, "by_id" uuid not null, "revision" bigint not null, "update_time" bigint not null, constraint "registry_model_alias_pkey" primary key ("workspace_id", "model_id", "alias"));
create index "registry_model_alias_version" on "registry_model_alias" ("workspace_id", "version_id");
create index "registry_model_alias_alias" on "registry_model_alias" ("workspace_id", "alias", "version_id");
alter table "registry_model" add column "alias_revision" bigint default 0 not null;
