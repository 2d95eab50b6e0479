create table "artifacts_word" ("workspace_id" blob not null, "project_id" blob not null, "kind" text not null, "word" text not null, "resource_id" blob not null, constraint "artifacts_word_pkey" primary key ("workspace_id", "resource_id", "word"));
create index "artifacts_word_found" on "artifacts_word" ("workspace_id", "kind", "word", "resource_id");
create index "artifacts_word_found_in" on "artifacts_word" ("workspace_id", "project_id", "kind", "word", "resource_id");
select "workspace_id", "id", "name", "project_id" from "artifacts_artifact" order by "workspace_id", "id" limit ?;
