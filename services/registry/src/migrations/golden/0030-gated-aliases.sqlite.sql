alter table "registry_model" add column "gated_aliases" text default '' not null;
alter table "registry_promotion" add column "alias" text default '' not null;
