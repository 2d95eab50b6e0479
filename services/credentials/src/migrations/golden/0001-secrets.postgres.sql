create table "credentials_data_key" ("workspace_id" uuid not null, "number" bigint not null, "wrapped_by" varchar(255) collate "C" not null, "wrapped" bytea not null, "create_time" bigint not null, constraint "credentials_data_key_pkey" primary key ("workspace_id", "number"));
create index "credentials_data_key_wrapped_by" on "credentials_data_key" ("wrapped_by");
create table "credentials_secret" ("workspace_id" uuid not null, "id" uuid not null, "name" varchar(255) collate "C" not null, "description" text not null, "owner_id" uuid not null, "content_hash" bytea not null, "revision" bigint not null, "create_time" bigint not null, "update_time" bigint not null, constraint "credentials_secret_pkey" primary key ("workspace_id", "id"));
create unique index "credentials_secret_name" on "credentials_secret" ("workspace_id", "name");
create index "credentials_secret_newest" on "credentials_secret" ("workspace_id", "create_time", "id");
create index "credentials_secret_changed" on "credentials_secret" ("workspace_id", "update_time", "id");
create table "credentials_secret_value" ("workspace_id" uuid not null, "secret_id" uuid not null, "name" varchar(255) collate "C" not null, "sealed" bytea not null, constraint "credentials_secret_value_pkey" primary key ("workspace_id", "secret_id", "name"));
create table "credentials_outbox" ("id" uuid primary key, "sequence" bigint not null, "workspace_id" uuid not null, "kind" varchar(255) collate "C" not null, "subject" uuid not null, "payload" bytea not null, "created_time" bigint not null);
create index "credentials_outbox_sequence" on "credentials_outbox" ("sequence", "id");
