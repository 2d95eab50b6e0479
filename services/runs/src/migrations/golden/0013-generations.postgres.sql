alter table "runs_run" add column "generation" bigint default 1 not null;
create table "runs_resume" ("workspace_id" uuid not null, "id" uuid not null, "run_id" uuid not null, "generation" bigint not null, "create_time" bigint not null, constraint "runs_resume_pkey" primary key ("workspace_id", "id"));
create index "runs_resume_run" on "runs_resume" ("workspace_id", "run_id");
