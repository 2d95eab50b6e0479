drop index "registry_audit_event_organization_id";
