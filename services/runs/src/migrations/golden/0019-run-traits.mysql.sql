create table `runs_run_trait` (`workspace_id` binary(16) not null, `run_id` binary(16) not null, `project_id` binary(16) not null, `create_time` bigint not null, `build_id` binary(16) not null, `template_id` binary(16) not null, `source_snapshot_id` binary(16) not null, `code_repository_id` binary(16) not null, `model_version_id` binary(16) not null, `parent_step_id` binary(16) not null, `code_commit` varchar(255) character set utf8mb4 collate utf8mb4_bin not null, `templatable` smallint not null, `orchestrator_environment` binary(32) not null, `exception` binary(32) not null, `outputs` binary(32) not null, constraint `runs_run_trait_pkey` primary key (`workspace_id`, `run_id`));
create index `runs_run_trait_build` on `runs_run_trait` (`workspace_id`, `build_id`, `create_time`, `run_id`);
create index `runs_run_trait_template` on `runs_run_trait` (`workspace_id`, `template_id`, `create_time`, `run_id`);
create index `runs_run_trait_source` on `runs_run_trait` (`workspace_id`, `source_snapshot_id`, `create_time`, `run_id`);
create index `runs_run_trait_code` on `runs_run_trait` (`workspace_id`, `code_repository_id`, `create_time`, `run_id`);
create index `runs_run_trait_model` on `runs_run_trait` (`workspace_id`, `model_version_id`, `create_time`, `run_id`);
create index `runs_run_trait_step` on `runs_run_trait` (`workspace_id`, `parent_step_id`, `create_time`, `run_id`);
create index `runs_run_trait_templatable` on `runs_run_trait` (`workspace_id`, `templatable`, `create_time`, `run_id`);
create index `runs_run_trait_templatable_in` on `runs_run_trait` (`workspace_id`, `project_id`, `templatable`, `create_time`, `run_id`);
