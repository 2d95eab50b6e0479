alter table "credentials_secret" add column "private" smallint default 0 not null;
alter table "credentials_secret" add column "private_owner" uuid default '00000000-0000-0000-0000-000000000000' not null;
drop index "credentials_secret_name";
create unique index "credentials_secret_name" on "credentials_secret" ("workspace_id", "name", "private_owner");
