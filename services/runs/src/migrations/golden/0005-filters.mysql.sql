alter table `runs_fact` add column `number` double;
alter table `runs_fact` add column `text` varchar(255) character set utf8mb4 collate utf8mb4_bin;
select `workspace_id`, `run_id`, `step_id`, `key`, `value` from `runs_fact` order by `workspace_id`, `run_id`, `step_id`, `key` limit ?;
create index `runs_fact_value` on `runs_fact` (`workspace_id`, `key`, `number`, `text`, `run_id`);
create index `runs_series_last` on `runs_series` (`workspace_id`, `name`, `last`, `run_id`);
create index `runs_run_owner` on `runs_run` (`workspace_id`, `owner_id`, `project_id`, `create_time`, `id`);
create index `runs_run_stack` on `runs_run` (`workspace_id`, `stack_id`, `project_id`, `create_time`, `id`);
create index `runs_run_going` on `runs_run` (`workspace_id`, `in_progress`, `project_id`, `create_time`, `id`);
