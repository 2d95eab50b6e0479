create table "identity_outbox" ("id" blob primary key, "sequence" integer not null, "workspace_id" blob not null, "kind" text not null, "subject" blob not null, "payload" blob not null, "created_time" integer not null);
create index "identity_outbox_sequence" on "identity_outbox" ("sequence", "id");
create table "identity_user" ("id" blob primary key, "organization_id" blob not null, "user_name" text not null, "user_key" text not null, "display_name" text not null, "email" text not null, "state" integer not null, "must_change_password" integer not null, "protected" integer not null, "content_hash" blob not null, "revision" integer not null, "create_time" integer not null, "update_time" integer not null);
create unique index "identity_user_key" on "identity_user" ("user_key");
create index "identity_user_newest" on "identity_user" ("organization_id", "create_time", "id");
create index "identity_user_by_name" on "identity_user" ("organization_id", "user_name", "id");
create table "identity_service_account" ("id" blob primary key, "organization_id" blob not null, "name" text not null, "description" text not null, "state" integer not null, "content_hash" blob not null, "revision" integer not null, "create_time" integer not null, "update_time" integer not null);
create unique index "identity_service_account_name" on "identity_service_account" ("organization_id", "name");
create index "identity_service_account_newest" on "identity_service_account" ("organization_id", "create_time", "id");
