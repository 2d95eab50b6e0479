alter table `credentials_secret` add column `private` smallint;
alter table `credentials_secret` add column `private_owner` binary(16);
update `credentials_secret` set `private` = ?, `private_owner` = ?;
drop index `credentials_secret_name` on `credentials_secret`;
create unique index `credentials_secret_name` on `credentials_secret` (`workspace_id`, `name`, `private_owner`);
