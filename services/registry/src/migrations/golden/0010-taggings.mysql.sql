create table `registry_known_tag` (`workspace_id` binary(16) not null, `id` binary(16) not null, `name` varchar(255) character set utf8mb4 collate utf8mb4_bin not null, `exclusive` smallint not null, `revision` bigint not null, `settle_time` bigint not null, `gone_time` bigint not null, constraint `registry_known_tag_pkey` primary key (`workspace_id`, `id`));
create index `registry_known_tag_name` on `registry_known_tag` (`workspace_id`, `name`);
create index `registry_known_tag_settle` on `registry_known_tag` (`settle_time`);
create index `registry_known_tag_gone` on `registry_known_tag` (`gone_time`);
create table `registry_tagging` (`workspace_id` binary(16) not null, `kind` smallint not null, `resource_id` binary(16) not null, `tag_id` binary(16) not null, `project_id` binary(16) not null, `scope_id` binary(16) not null, `resource_time` bigint not null, `create_time` bigint not null, constraint `registry_tagging_pkey` primary key (`workspace_id`, `kind`, `resource_id`, `tag_id`));
create index `registry_tagging_newest` on `registry_tagging` (`workspace_id`, `kind`, `tag_id`, `resource_time`, `resource_id`);
create index `registry_tagging_newest_in` on `registry_tagging` (`workspace_id`, `project_id`, `kind`, `tag_id`, `resource_time`, `resource_id`);
create index `registry_tagging_scope` on `registry_tagging` (`workspace_id`, `tag_id`, `kind`, `scope_id`);
