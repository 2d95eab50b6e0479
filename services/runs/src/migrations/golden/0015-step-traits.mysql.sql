create table `runs_step_trait` (`workspace_id` binary(16) not null, `run_id` binary(16) not null, `step_id` binary(16) not null, `kind` smallint not null, `model_version_id` binary(16) not null, `substitutions` binary(32) not null, `cache_expires_time` bigint not null, constraint `runs_step_trait_pkey` primary key (`workspace_id`, `run_id`, `step_id`));
create index `runs_step_trait_model` on `runs_step_trait` (`workspace_id`, `model_version_id`, `step_id`);
alter table `runs_input` add column `place` varchar(255) character set utf8mb4 collate utf8mb4_bin default ('') not null;
create index `runs_step_project` on `runs_step` (`workspace_id`, `project_id`, `id`);
create index `runs_step_state` on `runs_step` (`workspace_id`, `project_id`, `status`, `id`);
create index `runs_step_named` on `runs_step` (`workspace_id`, `project_id`, `name`, `id`);
