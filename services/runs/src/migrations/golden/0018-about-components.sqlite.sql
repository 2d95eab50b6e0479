alter table "runs_metadata" add column "component_id" blob default x'00000000000000000000000000000000' not null;
