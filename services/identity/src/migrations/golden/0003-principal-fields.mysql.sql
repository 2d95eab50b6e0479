alter table `identity_user` add column `avatar_url` longtext character set utf8mb4 collate utf8mb4_bin default ('') not null;
alter table `identity_user` add column `details` longtext character set utf8mb4 collate utf8mb4_bin default ('') not null;
alter table `identity_user` add column `password_change_time` bigint default (0) not null;
update `identity_user` set `password_change_time` = coalesce((select p.update_time from identity_password p where p.user_id = identity_user.id), 0);
alter table `identity_service_account` add column `display_name` varchar(255) character set utf8mb4 collate utf8mb4_bin default ('') not null;
alter table `identity_service_account` add column `avatar_url` longtext character set utf8mb4 collate utf8mb4_bin default ('') not null;
alter table `identity_api_key` add column `resume_time` bigint default (0) not null;
