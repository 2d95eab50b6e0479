alter table "runs_step" add column "update_time" bigint default 0 not null;
alter table "runs_step_trait" add column "project_id" uuid default '00000000-0000-0000-0000-000000000000' not null;
update "runs_step" set "update_time" = case when heartbeat_time > end_time then heartbeat_time else end_time end;
update "runs_step_trait" set "project_id" = coalesce((select r.project_id from runs_run r where r.workspace_id = runs_step_trait.workspace_id and r.id = run_id), project_id);
create index "runs_step_trait_step" on "runs_step_trait" ("workspace_id", "step_id");
create index "runs_step_trait_kind" on "runs_step_trait" ("workspace_id", "kind", "project_id", "step_id");
create index "runs_step_trait_expiring" on "runs_step_trait" ("workspace_id", "cache_expires_time", "step_id");
create index "runs_step_trait_expiring_in" on "runs_step_trait" ("workspace_id", "project_id", "cache_expires_time", "step_id");
