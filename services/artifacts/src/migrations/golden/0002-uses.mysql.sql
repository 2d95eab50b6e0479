create table `artifacts_use` (`workspace_id` binary(16) not null, `version_id` binary(16) not null, `run_id` binary(16) not null, `step` varchar(255) character set utf8mb4 collate utf8mb4_bin not null, `attempt` bigint not null, `kind` smallint not null, `name` varchar(255) character set utf8mb4 collate utf8mb4_bin not null, `id` binary(16) not null, `time` bigint not null, constraint `artifacts_use_pkey` primary key (`workspace_id`, `version_id`, `run_id`, `step`, `attempt`, `kind`, `name`));
create index `artifacts_use_known` on `artifacts_use` (`workspace_id`, `version_id`, `id`);
create index `artifacts_use_run` on `artifacts_use` (`workspace_id`, `run_id`);
create table `artifacts_seen` (`workspace_id` binary(16) not null, `time` bigint not null, constraint `artifacts_seen_pkey` primary key (`workspace_id`, `time`));
create index `artifacts_seen_time` on `artifacts_seen` (`time`);
create table `artifacts_cursor` (`name` varchar(255) character set utf8mb4 collate utf8mb4_bin primary key, `sequence` bigint not null);
