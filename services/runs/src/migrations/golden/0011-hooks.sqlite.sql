create table "runs_hook_invocation" ("workspace_id" blob not null, "id" blob not null, "project_id" blob not null, "run_id" blob not null, "step_id" blob not null, "owner_id" blob not null, "type" integer not null, "name" text not null, "status" integer not null, "source" text not null, "exception" blob not null, "outputs" blob not null, "start_time" integer not null, "end_time" integer not null, "content_hash" blob not null, "create_time" integer not null, constraint "runs_hook_invocation_pkey" primary key ("workspace_id", "id"));
create index "runs_hook_invocation_newest" on "runs_hook_invocation" ("workspace_id", "create_time", "id");
create index "runs_hook_invocation_project" on "runs_hook_invocation" ("workspace_id", "project_id", "create_time", "id");
create index "runs_hook_invocation_run" on "runs_hook_invocation" ("workspace_id", "run_id", "create_time", "id");
create index "runs_hook_invocation_start" on "runs_hook_invocation" ("workspace_id", "start_time", "id");
create index "runs_hook_invocation_start_in" on "runs_hook_invocation" ("workspace_id", "project_id", "start_time", "id");
