alter table "runs_fact" add column "number" real;
alter table "runs_fact" add column "text" text;
select "workspace_id", "run_id", "step_id", "key", "value" from "runs_fact" order by "workspace_id", "run_id", "step_id", "key" limit ?;
create index "runs_fact_value" on "runs_fact" ("workspace_id", "key", "number", "text", "run_id");
create index "runs_series_last" on "runs_series" ("workspace_id", "name", "last", "run_id");
create index "runs_run_owner" on "runs_run" ("workspace_id", "owner_id", "project_id", "create_time", "id");
create index "runs_run_stack" on "runs_run" ("workspace_id", "stack_id", "project_id", "create_time", "id");
create index "runs_run_going" on "runs_run" ("workspace_id", "in_progress", "project_id", "create_time", "id");
