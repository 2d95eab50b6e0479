alter table "credentials_secret" add column "private" integer default 0 not null;
alter table "credentials_secret" add column "private_owner" blob default x'00000000000000000000000000000000' not null;
drop index "credentials_secret_name";
create unique index "credentials_secret_name" on "credentials_secret" ("workspace_id", "name", "private_owner");
