alter table `registry_build` add column `duration_order` bigint default (0) not null;
update `registry_build` set `duration_order` = duration_seconds + 1 where `duration_seconds` is not null;
create index `registry_build_duration` on `registry_build` (`workspace_id`, `duration_order`, `id`);
create index `registry_build_duration_in` on `registry_build` (`workspace_id`, `project_id`, `duration_order`, `id`);
alter table `registry_model_artifact` add column `custom_name` smallint default (0) not null;
alter table `registry_model_artifact` add column `owner_id` binary(16) default (x'00000000000000000000000000000000') not null;
alter table `registry_model_run` add column `owner_id` binary(16) default (x'00000000000000000000000000000000') not null;
select `workspace_id`, `id`, `name`, `project_id` from `registry_snapshot` order by `workspace_id`, `id` limit ?;
