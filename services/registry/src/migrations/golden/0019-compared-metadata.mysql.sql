alter table `registry_model_metadata` add column `number` double;
alter table `registry_model_metadata` add column `text` varchar(255) character set utf8mb4 collate utf8mb4_bin;
select `workspace_id`, `version_id`, `key`, `value` from `registry_model_metadata` order by `workspace_id`, `version_id`, `key` limit ?;
create index `registry_model_metadata_value` on `registry_model_metadata` (`workspace_id`, `key`, `number`, `text`, `version_id`);
