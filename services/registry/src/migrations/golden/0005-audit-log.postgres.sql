create table "registry_audit_event" ("workspace_id" uuid not null, "id" uuid not null, "time" bigint not null, "service" varchar(255) collate "C" not null, "method" varchar(255) collate "C" not null, "principal_id" uuid not null, "principal_name" varchar(255) collate "C" not null, "principal_kind" varchar(255) collate "C" not null, "credential_id" uuid not null, "address" varchar(255) collate "C" not null, "subject" varchar(255) collate "C" not null, "project_id" uuid not null, "organization_id" uuid not null, "outcome" smallint not null, "reason" varchar(255) collate "C" not null, "trace" varchar(255) collate "C" not null, constraint "registry_audit_event_pkey" primary key ("workspace_id", "id"));
create index "registry_audit_event_newest" on "registry_audit_event" ("workspace_id", "time", "id");
create index "registry_audit_event_organization_id" on "registry_audit_event" ("workspace_id", "organization_id", "time", "id");
create index "registry_audit_event_principal_id" on "registry_audit_event" ("workspace_id", "principal_id", "time", "id");
create index "registry_audit_event_project_id" on "registry_audit_event" ("workspace_id", "project_id", "time", "id");
create index "registry_audit_event_subject" on "registry_audit_event" ("workspace_id", "subject", "time", "id");
create index "registry_audit_event_method" on "registry_audit_event" ("workspace_id", "method", "time", "id");
create index "registry_audit_event_service" on "registry_audit_event" ("workspace_id", "service", "time", "id");
create index "registry_audit_event_outcome" on "registry_audit_event" ("workspace_id", "outcome", "time", "id");
