create index "runs_run_named" on "runs_run" ("workspace_id", "name", "id");
create index "runs_run_named_in" on "runs_run" ("workspace_id", "project_id", "name", "id");
create index "runs_run_started" on "runs_run" ("workspace_id", "start_time", "id");
create index "runs_run_started_in" on "runs_run" ("workspace_id", "project_id", "start_time", "id");
create index "runs_run_ended" on "runs_run" ("workspace_id", "end_time", "id");
create index "runs_run_ended_in" on "runs_run" ("workspace_id", "project_id", "end_time", "id");
create index "runs_run_numbered_in" on "runs_run" ("workspace_id", "project_id", "index", "id");
create index "runs_run_state" on "runs_run" ("workspace_id", "status", "create_time", "id");
