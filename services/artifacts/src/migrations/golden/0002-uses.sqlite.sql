create table "artifacts_use" ("workspace_id" blob not null, "version_id" blob not null, "run_id" blob not null, "step" text not null, "attempt" integer not null, "kind" integer not null, "name" text not null, "id" blob not null, "time" integer not null, constraint "artifacts_use_pkey" primary key ("workspace_id", "version_id", "run_id", "step", "attempt", "kind", "name"));
create index "artifacts_use_known" on "artifacts_use" ("workspace_id", "version_id", "id");
create index "artifacts_use_run" on "artifacts_use" ("workspace_id", "run_id");
create table "artifacts_seen" ("workspace_id" blob not null, "time" integer not null, constraint "artifacts_seen_pkey" primary key ("workspace_id", "time"));
create index "artifacts_seen_time" on "artifacts_seen" ("time");
create table "artifacts_cursor" ("name" text primary key, "sequence" integer not null);
