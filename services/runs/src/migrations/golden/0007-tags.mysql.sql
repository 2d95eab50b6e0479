create table `runs_known_tag` (`workspace_id` binary(16) not null, `id` binary(16) not null, `name` varchar(255) character set utf8mb4 collate utf8mb4_bin not null, `exclusive` smallint not null, `revision` bigint not null, `settle_time` bigint not null, `gone_time` bigint not null, constraint `runs_known_tag_pkey` primary key (`workspace_id`, `id`));
create index `runs_known_tag_name` on `runs_known_tag` (`workspace_id`, `name`);
create index `runs_known_tag_settle` on `runs_known_tag` (`settle_time`);
create index `runs_known_tag_gone` on `runs_known_tag` (`gone_time`);
create table `runs_tagging` (`workspace_id` binary(16) not null, `kind` smallint not null, `resource_id` binary(16) not null, `tag_id` binary(16) not null, `project_id` binary(16) not null, `scope_id` binary(16) not null, `resource_time` bigint not null, `create_time` bigint not null, constraint `runs_tagging_pkey` primary key (`workspace_id`, `kind`, `resource_id`, `tag_id`));
create index `runs_tagging_newest` on `runs_tagging` (`workspace_id`, `kind`, `tag_id`, `resource_time`, `resource_id`);
create index `runs_tagging_newest_in` on `runs_tagging` (`workspace_id`, `project_id`, `kind`, `tag_id`, `resource_time`, `resource_id`);
create index `runs_tagging_scope` on `runs_tagging` (`workspace_id`, `tag_id`, `kind`, `scope_id`);
