import { SecretService } from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import { ServiceAccountService } from "@signalbox/gen/signalbox/identity/v1/service_account_service_pb.ts";
import { WorkspaceService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { RoleBindingService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import type { Connection } from "@signalbox/sdk";
import { organization, workspace } from "../scene.ts";
import type { Ledger } from "./ledger.ts";

/** Makes something in each of the services that runs do not touch, and a project. */
export function administer(connection: Connection, ledger: Ledger): () => Promise<void> {
  async function act(method: string, subject: string, call: () => Promise<unknown>): Promise<void> {
    await ledger.timed(method, call);
    ledger.acts.push({ method: `signalbox.${method}`, subject });
  }
  return async () => {
    const [account, binding, place, secret, project] = Array.from({ length: 5 }, newUuid) as [string, string, string, string, string];
    const name = `load-${account.slice(-12)}`;
    await act("identity.v1.ServiceAccountService/CreateServiceAccount", account, () =>
      connection.client(ServiceAccountService).createServiceAccount({ id: account, organization, name }),
    );
    const scope = { organization, workspace };
    await act("rbac.v1.RoleBindingService/CreateRoleBinding", binding, () =>
      connection.client(RoleBindingService).createRoleBinding({ id: binding, principal: account, role: "workspace-viewer", scope }),
    );
    await act("org.v1.WorkspaceService/CreateWorkspace", place, () =>
      connection.client(WorkspaceService).createWorkspace({ id: place, organization, name }),
    );
    await act("credentials.v1.SecretService/CreateSecret", secret, () =>
      connection.client(SecretService).createSecret({ id: secret, name, values: { key: name } }),
    );
    await act("registry.v1.ProjectService/CreateProject", project, () =>
      connection.client(ProjectService).createProject({ id: project, name }),
    );
  };
}
