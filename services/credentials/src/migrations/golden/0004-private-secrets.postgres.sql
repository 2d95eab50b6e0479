alter table "credentials_secret" add column "private" smallint;
alter table "credentials_secret" add column "private_owner" uuid;
update "credentials_secret" set "private" = $1, "private_owner" = $2;
drop index "credentials_secret_name";
create unique index "credentials_secret_name" on "credentials_secret" ("workspace_id", "name", "private_owner");
