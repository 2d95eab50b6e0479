alter table `registry_model` add column `gated_aliases` longtext character set utf8mb4 collate utf8mb4_bin default ('') not null;
alter table `registry_promotion` add column `alias` varchar(255) character set utf8mb4 collate utf8mb4_bin default ('') not null;
