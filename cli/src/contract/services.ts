import { createRegistry, type DescMethod, type DescService, getOption } from "@bufbuild/protobuf";
import { file_signalbox_artifacts_v1_artifact_service } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { file_signalbox_artifacts_v1_visualization } from "@signalbox/gen/signalbox/artifacts/v1/visualization_pb.ts";
import { file_signalbox_audit_v1_audit_service } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import { file_signalbox_credentials_v1_code_access_service } from "@signalbox/gen/signalbox/credentials/v1/code_access_service_pb.ts";
import { file_signalbox_credentials_v1_connector_service } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { file_signalbox_credentials_v1_secret_service } from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import { file_signalbox_events_v1_event_service } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { file_signalbox_identity_v1_api_key_service } from "@signalbox/gen/signalbox/identity/v1/api_key_service_pb.ts";
import { file_signalbox_identity_v1_auth_service } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { file_signalbox_identity_v1_service_account_service } from "@signalbox/gen/signalbox/identity/v1/service_account_service_pb.ts";
import { file_signalbox_identity_v1_user_service } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { access } from "@signalbox/gen/signalbox/options/v1/options_pb.ts";
import { file_signalbox_org_v1_organization_service } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { file_signalbox_rbac_v1_authorization_service } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { file_signalbox_rbac_v1_role_service } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import { file_signalbox_registry_v1_build } from "@signalbox/gen/signalbox/registry/v1/build_pb.ts";
import { file_signalbox_registry_v1_code_repository } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { file_signalbox_registry_v1_flavor } from "@signalbox/gen/signalbox/registry/v1/flavor_pb.ts";
import { file_signalbox_registry_v1_model_artifact_service } from "@signalbox/gen/signalbox/registry/v1/model_artifact_service_pb.ts";
import { file_signalbox_registry_v1_model_service } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { file_signalbox_registry_v1_pipeline_service } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { file_signalbox_registry_v1_project_service } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { file_signalbox_registry_v1_promotion } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import { file_signalbox_registry_v1_run_template } from "@signalbox/gen/signalbox/registry/v1/run_template_pb.ts";
import { file_signalbox_registry_v1_settings } from "@signalbox/gen/signalbox/registry/v1/settings_pb.ts";
import { file_signalbox_registry_v1_stack_service } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { file_signalbox_registry_v1_tag_service } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { file_signalbox_runs_v1_comparison_service } from "@signalbox/gen/signalbox/runs/v1/comparison_service_pb.ts";
import { file_signalbox_runs_v1_hook } from "@signalbox/gen/signalbox/runs/v1/hook_pb.ts";
import { file_signalbox_runs_v1_lineage_service } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { file_signalbox_runs_v1_metric_service } from "@signalbox/gen/signalbox/runs/v1/metric_service_pb.ts";
import { file_signalbox_runs_v1_report_service } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { file_signalbox_runs_v1_run_service } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { file_signalbox_runs_v1_run_state_service } from "@signalbox/gen/signalbox/runs/v1/run_state_service_pb.ts";
import { file_signalbox_runs_v1_statistics_service } from "@signalbox/gen/signalbox/runs/v1/statistics_service_pb.ts";
import { file_signalbox_runs_v1_step_service } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import { file_signalbox_runs_v1_wait_condition_service } from "@signalbox/gen/signalbox/runs/v1/wait_condition_service_pb.ts";

const files = [
  file_signalbox_artifacts_v1_artifact_service,
  file_signalbox_artifacts_v1_visualization,
  file_signalbox_audit_v1_audit_service,
  file_signalbox_credentials_v1_code_access_service,
  file_signalbox_credentials_v1_connector_service,
  file_signalbox_credentials_v1_secret_service,
  file_signalbox_events_v1_event_service,
  file_signalbox_identity_v1_api_key_service,
  file_signalbox_identity_v1_auth_service,
  file_signalbox_identity_v1_service_account_service,
  file_signalbox_identity_v1_user_service,
  file_signalbox_org_v1_organization_service,
  file_signalbox_rbac_v1_authorization_service,
  file_signalbox_rbac_v1_role_service,
  file_signalbox_registry_v1_build,
  file_signalbox_registry_v1_code_repository,
  file_signalbox_registry_v1_flavor,
  file_signalbox_registry_v1_model_artifact_service,
  file_signalbox_registry_v1_model_service,
  file_signalbox_registry_v1_pipeline_service,
  file_signalbox_registry_v1_project_service,
  file_signalbox_registry_v1_promotion,
  file_signalbox_registry_v1_run_template,
  file_signalbox_registry_v1_settings,
  file_signalbox_registry_v1_stack_service,
  file_signalbox_registry_v1_tag_service,
  file_signalbox_runs_v1_comparison_service,
  file_signalbox_runs_v1_hook,
  file_signalbox_runs_v1_lineage_service,
  file_signalbox_runs_v1_metric_service,
  file_signalbox_runs_v1_report_service,
  file_signalbox_runs_v1_run_service,
  file_signalbox_runs_v1_run_state_service,
  file_signalbox_runs_v1_wait_condition_service,
  file_signalbox_runs_v1_statistics_service,
  file_signalbox_runs_v1_step_service,
];

/** Every service of the contract. */
const services: readonly DescService[] = files.flatMap((file) => file.services);

/** Every method of the contract, by service and then in the order of the contract. */
export const methods: readonly DescMethod[] = services.flatMap((service) => service.methods);

/** The messages of the contract, for JSON that names one. */
export const registry = createRegistry(...files);

/** Whether a method may be called without credentials. */
export const isPublic = (method: DescMethod): boolean => getOption(method, access).rule.case === "public";
