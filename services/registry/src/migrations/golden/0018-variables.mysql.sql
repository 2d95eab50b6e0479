alter table `registry_component` add column `environment` longtext character set utf8mb4 collate utf8mb4_bin default ('{}') not null;
alter table `registry_component` add column `secrets` longtext character set utf8mb4 collate utf8mb4_bin default ('') not null;
alter table `registry_stack` add column `environment` longtext character set utf8mb4 collate utf8mb4_bin default ('{}') not null;
alter table `registry_stack` add column `secrets` longtext character set utf8mb4 collate utf8mb4_bin default ('') not null;
alter table `registry_stack` add column `spec_path` longtext character set utf8mb4 collate utf8mb4_bin default ('') not null;
alter table `registry_project` add column `details` longtext character set utf8mb4 collate utf8mb4_bin default ('') not null;
