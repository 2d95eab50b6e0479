alter table "registry_model" add column "audience" text default '' not null;
alter table "registry_model" add column "use_cases" text default '' not null;
alter table "registry_model" add column "limitations" text default '' not null;
alter table "registry_model" add column "trade_offs" text default '' not null;
alter table "registry_model" add column "ethics" text default '' not null;
alter table "registry_model" add column "save_to_registry" smallint default 0 not null;
alter table "registry_model_version" add column "card" text default '' not null;
