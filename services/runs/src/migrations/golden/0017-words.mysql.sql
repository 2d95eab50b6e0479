create table `runs_word` (`workspace_id` binary(16) not null, `project_id` binary(16) not null, `kind` varchar(255) character set utf8mb4 collate utf8mb4_bin not null, `word` varchar(255) character set utf8mb4 collate utf8mb4_bin not null, `resource_id` binary(16) not null, constraint `runs_word_pkey` primary key (`workspace_id`, `resource_id`, `word`));
create index `runs_word_found` on `runs_word` (`workspace_id`, `kind`, `word`, `resource_id`);
create index `runs_word_found_in` on `runs_word` (`workspace_id`, `project_id`, `kind`, `word`, `resource_id`);
select `workspace_id`, `id`, `name`, `project_id` from `runs_run` order by `workspace_id`, `id` limit ?;
