alter table "credentials_secret" add column "private" integer;
alter table "credentials_secret" add column "private_owner" blob;
update "credentials_secret" set "private" = ?, "private_owner" = ?;
drop index "credentials_secret_name";
create unique index "credentials_secret_name" on "credentials_secret" ("workspace_id", "name", "private_owner");
