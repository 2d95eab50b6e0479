create table `registry_folded_name` (`workspace_id` binary(16) not null, `name_hash` binary(32) not null, `holder_id` binary(16) not null, constraint `registry_folded_name_pkey` primary key (`workspace_id`, `name_hash`));
create index `registry_folded_name_holder` on `registry_folded_name` (`workspace_id`, `holder_id`);
select `workspace_id`, `id`, `name`, `create_time` from `registry_stack`;
select `workspace_id`, `id`, `name`, `type`, `create_time` from `registry_component`;
