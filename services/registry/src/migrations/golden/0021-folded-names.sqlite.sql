create table "registry_folded_name" ("workspace_id" blob not null, "name_hash" blob not null, "holder_id" blob not null, constraint "registry_folded_name_pkey" primary key ("workspace_id", "name_hash"));
create index "registry_folded_name_holder" on "registry_folded_name" ("workspace_id", "holder_id");
select "workspace_id", "id", "name", "create_time" from "registry_stack";
select "workspace_id", "id", "name", "type", "create_time" from "registry_component";
