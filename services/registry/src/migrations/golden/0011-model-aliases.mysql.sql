create table `registry_model_alias` (`workspace_id` binary(16) not null, `model_id` binary(16) not null, `alias` varchar(255) character set utf8mb4 collate utf8mb4_bin not null, `version_id` binary(16) not null, `by_id` binary(16) not null, `revision` bigint not null, `update_time` bigint not null, constraint `registry_model_alias_pkey` primary key (`workspace_id`, `model_id`, `alias`));
create index `registry_model_alias_version` on `registry_model_alias` (`workspace_id`, `version_id`);
create index `registry_model_alias_alias` on `registry_model_alias` (`workspace_id`, `alias`, `version_id`);
alter table `registry_model` add column `alias_revision` bigint default (0) not null;
