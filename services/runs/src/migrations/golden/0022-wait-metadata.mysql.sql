create table `runs_wait_metadata` (`workspace_id` binary(16) not null, `version_id` binary(16) not null, `key` varchar(255) character set utf8mb4 collate utf8mb4_bin not null, `value` longblob not null, constraint `runs_wait_metadata_pkey` primary key (`workspace_id`, `version_id`, `key`));
alter table `runs_wait_metadata` add column `number` double;
alter table `runs_wait_metadata` add column `text` varchar(255) character set utf8mb4 collate utf8mb4_bin;
select `workspace_id`, `version_id`, `key`, `value` from `runs_wait_metadata` order by `workspace_id`, `version_id`, `key` limit ?;
create index `runs_wait_metadata_value` on `runs_wait_metadata` (`workspace_id`, `key`, `number`, `text`, `version_id`);
select `workspace_id`, `id`, `metadata` from `runs_wait_condition` where `metadata` not in (?, ?) order by `workspace_id`, `id` limit ?;
