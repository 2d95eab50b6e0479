create table "registry_audit_event" ("workspace_id" blob not null, "id" blob not null, "time" integer not null, "service" text not null, "method" text not null, "principal_id" blob not null, "principal_name" text not null, "principal_kind" text not null, "credential_id" blob not null, "address" text not null, "subject" text not null, "project_id" blob not null, "organization_id" blob not null, "outcome" integer not null, "reason" text not null, "trace" text not null, constraint "registry_audit_event_pkey" primary key ("workspace_id", "id"));
create index "registry_audit_event_newest" on "registry_audit_event" ("workspace_id", "time", "id");
create index "registry_audit_event_organization_id" on "registry_audit_event" ("workspace_id", "organization_id", "time", "id");
create index "registry_audit_event_principal_id" on "registry_audit_event" ("workspace_id", "principal_id", "time", "id");
create index "registry_audit_event_project_id" on "registry_audit_event" ("workspace_id", "project_id", "time", "id");
create index "registry_audit_event_subject" on "registry_audit_event" ("workspace_id", "subject", "time", "id");
create index "registry_audit_event_method" on "registry_audit_event" ("workspace_id", "method", "time", "id");
create index "registry_audit_event_service" on "registry_audit_event" ("workspace_id", "service", "time", "id");
create index "registry_audit_event_outcome" on "registry_audit_event" ("workspace_id", "outcome", "time", "id");
