create table "runs_run_trait" ("workspace_id" blob not null, "run_id" blob not null, "project_id" blob not null, "create_time" integer not null, "build_id" blob not null, "template_id" blob not null, "source_snapshot_id" blob not null, "code_repository_id" blob not null, "model_version_id" blob not null, "parent_step_id" blob not null, "code_commit" text not null, "templatable" integer not null, "orchestrator_environment" blob not null, "exception" blob not null, "outputs" blob not null, constraint "runs_run_trait_pkey" primary key ("workspace_id", "run_id"));
create index "runs_run_trait_build" on "runs_run_trait" ("workspace_id", "build_id", "create_time", "run_id");
create index "runs_run_trait_template" on "runs_run_trait" ("workspace_id", "template_id", "create_time", "run_id");
create index "runs_run_trait_source" on "runs_run_trait" ("workspace_id", "source_snapshot_id", "create_time", "run_id");
create index "runs_run_trait_code" on "runs_run_trait" ("workspace_id", "code_repository_id", "create_time", "run_id");
create index "runs_run_trait_model" on "runs_run_trait" ("workspace_id", "model_version_id", "create_time", "run_id");
create index "runs_run_trait_step" on "runs_run_trait" ("workspace_id", "parent_step_id", "create_time", "run_id");
create index "runs_run_trait_templatable" on "runs_run_trait" ("workspace_id", "templatable", "create_time", "run_id");
create index "runs_run_trait_templatable_in" on "runs_run_trait" ("workspace_id", "project_id", "templatable", "create_time", "run_id");
