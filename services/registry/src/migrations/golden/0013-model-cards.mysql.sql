alter table `registry_model` add column `audience` longtext character set utf8mb4 collate utf8mb4_bin default ('') not null;
alter table `registry_model` add column `use_cases` longtext character set utf8mb4 collate utf8mb4_bin default ('') not null;
alter table `registry_model` add column `limitations` longtext character set utf8mb4 collate utf8mb4_bin default ('') not null;
alter table `registry_model` add column `trade_offs` longtext character set utf8mb4 collate utf8mb4_bin default ('') not null;
alter table `registry_model` add column `ethics` longtext character set utf8mb4 collate utf8mb4_bin default ('') not null;
alter table `registry_model` add column `save_to_registry` smallint default (0) not null;
alter table `registry_model_version` add column `card` longtext character set utf8mb4 collate utf8mb4_bin default ('') not null;
