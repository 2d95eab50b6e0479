create table `artifacts_word` (`workspace_id` binary(16) not null, `project_id` binary(16) not null, `kind` varchar(255) character set utf8mb4 collate utf8mb4_bin not null, `word` varchar(255) character set utf8mb4 collate utf8mb4_bin not null, `resource_id` binary(16) not null, constraint `artifacts_word_pkey` primary key (`workspace_id`, `resource_id`, `word`));
create index `artifacts_word_found` on `artifacts_word` (`workspace_id`, `kind`, `word`, `resource_id`);
create index `artifacts_word_found_in` on `artifacts_word` (`workspace_id`, `project_id`, `kind`, `word`, `resource_id`);
select `workspace_id`, `id`, `name`, `project_id` from `artifacts_artifact` order by `workspace_id`, `id` limit ?;
