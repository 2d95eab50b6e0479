create table "identity_outbox" ("id" uuid primary key, "sequence" bigint not null, "workspace_id" uuid not null, "kind" varchar(255) collate "C" not null, "subject" uuid not null, "payload" bytea not null, "created_time" bigint not null);
create index "identity_outbox_sequence" on "identity_outbox" ("sequence", "id");
create table "identity_user" ("id" uuid primary key, "organization_id" uuid not null, "user_name" varchar(255) collate "C" not null, "user_key" varchar(255) collate "C" not null, "display_name" varchar(255) collate "C" not null, "email" varchar(255) collate "C" not null, "state" smallint not null, "must_change_password" smallint not null, "protected" smallint not null, "content_hash" bytea not null, "revision" bigint not null, "create_time" bigint not null, "update_time" bigint not null);
create unique index "identity_user_key" on "identity_user" ("user_key");
create index "identity_user_newest" on "identity_user" ("organization_id", "create_time", "id");
create index "identity_user_by_name" on "identity_user" ("organization_id", "user_name", "id");
create table "identity_service_account" ("id" uuid primary key, "organization_id" uuid not null, "name" varchar(255) collate "C" not null, "description" text not null, "state" smallint not null, "content_hash" bytea not null, "revision" bigint not null, "create_time" bigint not null, "update_time" bigint not null);
create unique index "identity_service_account_name" on "identity_service_account" ("organization_id", "name");
create index "identity_service_account_newest" on "identity_service_account" ("organization_id", "create_time", "id");
