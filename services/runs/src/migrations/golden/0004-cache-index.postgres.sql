drop index "runs_step_cache";
create index "runs_step_cache" on "runs_step" ("workspace_id", "project_id", "cache_key", "end_time") where cache_key <> '';
