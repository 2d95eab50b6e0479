create index `identity_user_changed` on `identity_user` (`organization_id`, `update_time`, `id`);
create index `identity_user_by_display_name` on `identity_user` (`organization_id`, `display_name`, `id`);
create index `identity_user_by_email` on `identity_user` (`organization_id`, `email`, `id`);
create index `identity_service_account_changed` on `identity_service_account` (`organization_id`, `update_time`, `id`);
create index `identity_service_account_by_display_name` on `identity_service_account` (`organization_id`, `display_name`, `id`);
