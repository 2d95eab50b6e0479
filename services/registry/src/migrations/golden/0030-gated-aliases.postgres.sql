alter table "registry_model" add column "gated_aliases" text default '' not null;
alter table "registry_promotion" add column "alias" varchar(255) collate "C" default '' not null;
