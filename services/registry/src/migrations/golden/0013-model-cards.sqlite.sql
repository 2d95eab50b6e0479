alter table "registry_model" add column "audience" text;
alter table "registry_model" add column "use_cases" text;
alter table "registry_model" add column "limitations" text;
alter table "registry_model" add column "trade_offs" text;
alter table "registry_model" add column "ethics" text;
alter table "registry_model" add column "save_to_registry" integer;
update "registry_model" set "audience" = ?, "use_cases" = ?, "limitations" = ?, "trade_offs" = ?, "ethics" = ?, "save_to_registry" = ?;
alter table "registry_model_version" add column "card" text;
update "registry_model_version" set "card" = ?;
