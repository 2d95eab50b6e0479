drop index `registry_audit_event_organization_id` on `registry_audit_event`;
