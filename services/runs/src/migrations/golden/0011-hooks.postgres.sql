create table "runs_hook_invocation" ("workspace_id" uuid not null, "id" uuid not null, "project_id" uuid not null, "run_id" uuid not null, "step_id" uuid not null, "owner_id" uuid not null, "type" smallint not null, "name" varchar(255) collate "C" not null, "status" smallint not null, "source" text not null, "exception" bytea not null, "outputs" bytea not null, "start_time" bigint not null, "end_time" bigint not null, "content_hash" bytea not null, "create_time" bigint not null, constraint "runs_hook_invocation_pkey" primary key ("workspace_id", "id"));
create index "runs_hook_invocation_newest" on "runs_hook_invocation" ("workspace_id", "create_time", "id");
create index "runs_hook_invocation_project" on "runs_hook_invocation" ("workspace_id", "project_id", "create_time", "id");
create index "runs_hook_invocation_run" on "runs_hook_invocation" ("workspace_id", "run_id", "create_time", "id");
create index "runs_hook_invocation_start" on "runs_hook_invocation" ("workspace_id", "start_time", "id");
create index "runs_hook_invocation_start_in" on "runs_hook_invocation" ("workspace_id", "project_id", "start_time", "id");
