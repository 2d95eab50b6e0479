create table "credentials_data_key" ("workspace_id" blob not null, "number" integer not null, "wrapped_by" text not null, "wrapped" blob not null, "create_time" integer not null, constraint "credentials_data_key_pkey" primary key ("workspace_id", "number"));
create index "credentials_data_key_wrapped_by" on "credentials_data_key" ("wrapped_by");
create table "credentials_secret" ("workspace_id" blob not null, "id" blob not null, "name" text not null, "description" text not null, "owner_id" blob not null, "content_hash" blob not null, "revision" integer not null, "create_time" integer not null, "update_time" integer not null, constraint "credentials_secret_pkey" primary key ("workspace_id", "id"));
create unique index "credentials_secret_name" on "credentials_secret" ("workspace_id", "name");
create index "credentials_secret_newest" on "credentials_secret" ("workspace_id", "create_time", "id");
create index "credentials_secret_changed" on "credentials_secret" ("workspace_id", "update_time", "id");
create table "credentials_secret_value" ("workspace_id" blob not null, "secret_id" blob not null, "name" text not null, "sealed" blob not null, constraint "credentials_secret_value_pkey" primary key ("workspace_id", "secret_id", "name"));
create table "credentials_outbox" ("id" blob primary key, "sequence" integer not null, "workspace_id" blob not null, "kind" text not null, "subject" blob not null, "payload" blob not null, "created_time" integer not null);
create index "credentials_outbox_sequence" on "credentials_outbox" ("sequence", "id");
