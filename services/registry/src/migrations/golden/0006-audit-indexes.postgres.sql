drop index "registry_audit_event_organization_id";
drop index "registry_audit_event_outcome";
create index "registry_audit_event_outcome" on "registry_audit_event" ("workspace_id", "outcome", "time", "id") where outcome <> 1;
drop index "registry_audit_event_service";
create index "registry_audit_event_service" on "registry_audit_event" ("workspace_id", "service", "time", "id") where service <> 'artifacts';
drop index "registry_audit_event_method";
create index "registry_audit_event_method" on "registry_audit_event" ("workspace_id", "method", "time", "id") where method <> 'signalbox.artifacts.v1.ArtifactVersionService/BatchCreateArtifactVersions';
