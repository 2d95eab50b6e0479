alter table "runs_run" add column "generation" integer default 1 not null;
create table "runs_resume" ("workspace_id" blob not null, "id" blob not null, "run_id" blob not null, "generation" integer not null, "create_time" integer not null, constraint "runs_resume_pkey" primary key ("workspace_id", "id"));
create index "runs_resume_run" on "runs_resume" ("workspace_id", "run_id");
