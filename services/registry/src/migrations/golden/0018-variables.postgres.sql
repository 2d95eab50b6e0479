alter table "registry_component" add column "environment" text default '{}' not null;
alter table "registry_component" add column "secrets" text default '' not null;
alter table "registry_stack" add column "environment" text default '{}' not null;
alter table "registry_stack" add column "secrets" text default '' not null;
alter table "registry_stack" add column "spec_path" text default '' not null;
alter table "registry_project" add column "details" text default '' not null;
