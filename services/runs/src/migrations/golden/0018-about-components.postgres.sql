alter table "runs_metadata" add column "component_id" uuid default '00000000-0000-0000-0000-000000000000' not null;
