create table `artifacts_tag_touch` (`workspace_id` binary(16) not null, `id` binary(16) primary key, `tag_id` binary(16) not null);
create table `artifacts_tag_count` (`workspace_id` binary(16) not null, `tag_id` binary(16) not null, `kind` smallint not null, `count` bigint not null, `revision` bigint not null, constraint `artifacts_tag_count_pkey` primary key (`workspace_id`, `tag_id`, `kind`));
create index `artifacts_tag_count_kind` on `artifacts_tag_count` (`workspace_id`, `kind`, `tag_id`);
