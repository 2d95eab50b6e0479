alter table "registry_model" add column "audience" text;
alter table "registry_model" add column "use_cases" text;
alter table "registry_model" add column "limitations" text;
alter table "registry_model" add column "trade_offs" text;
alter table "registry_model" add column "ethics" text;
alter table "registry_model" add column "save_to_registry" smallint;
update "registry_model" set "audience" = $1, "use_cases" = $2, "limitations" = $3, "trade_offs" = $4, "ethics" = $5, "save_to_registry" = $6;
alter table "registry_model_version" add column "card" text;
update "registry_model_version" set "card" = $1;
