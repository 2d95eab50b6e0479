create table "runs_step_trait" ("workspace_id" blob not null, "run_id" blob not null, "step_id" blob not null, "kind" integer not null, "model_version_id" blob not null, "substitutions" blob not null, "cache_expires_time" integer not null, constraint "runs_step_trait_pkey" primary key ("workspace_id", "run_id", "step_id"));
create index "runs_step_trait_model" on "runs_step_trait" ("workspace_id", "model_version_id", "step_id");
alter table "runs_input" add column "place" text default '' not null;
create index "runs_step_project" on "runs_step" ("workspace_id", "project_id", "id");
create index "runs_step_state" on "runs_step" ("workspace_id", "project_id", "status", "id");
create index "runs_step_named" on "runs_step" ("workspace_id", "project_id", "name", "id");
