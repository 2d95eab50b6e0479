import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ApiKeyService } from "@signalbox/gen/signalbox/identity/v1/api_key_service_pb.ts";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { ServiceAccountService } from "@signalbox/gen/signalbox/identity/v1/service_account_service_pb.ts";
import { RoleBindingService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { type Connection, failedWith, openConnection } from "@signalbox/sdk";
import { organizationId, workspaceId } from "../bootstrap.ts";

export interface Introduction {
  readonly url: string;
  readonly config: { readonly data: string; readonly adminUser: string };
  readonly project: string;
  /** The administrator's, where it is known: on the first start, or when it is configured. */
  readonly password: string | undefined;
}

const name = "quickstart";

/**
 * Makes a service account for the example, with the role of a developer and
 * nothing more, and its project, as an administrator would: through the port.
 * Its key is kept in the data folder for the next time.
 */
export async function introduce({ url, config, project, password }: Introduction): Promise<string> {
  const file = join(config.data, "quickstart.key");
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  if (password === undefined) {
    throw new Error(
      `${file} is gone and the administrator's password is not known here: set SIGNALBOX_ADMIN_PASSWORD to it, or SIGNALBOX_DATA to a new folder.`,
    );
  }
  const stranger = openConnection({ url });
  const { tokens } = await stranger.client(AuthService).signIn({ userName: config.adminUser, password });
  stranger.close();
  const admin = openConnection({ url, credential: tokens?.accessToken ?? "" });
  try {
    const principal = await account(admin);
    const scope = { organization: organizationId, workspace: workspaceId };
    await unlessTaken(admin.client(RoleBindingService).createRoleBinding({ principal, role: "workspace-developer", scope }));
    await unlessTaken(admin.client(ProjectService).createProject({ name: project, displayName: "Demo" }));
    const { key } = await admin.client(ApiKeyService).createApiKey({ principal, name: `${name} ${new Date().toISOString()}` });
    writeFileSync(file, `${key}\n`, { mode: 0o600 });
    return key;
  } finally {
    admin.close();
  }
}

/** The service account of the example: a new one, or that of an earlier time whose key was lost. */
async function account(admin: Connection): Promise<string> {
  const accounts = admin.client(ServiceAccountService);
  const made = await unlessTaken(accounts.createServiceAccount({ organization: organizationId, name, description: "Runs the example." }));
  if (made?.serviceAccount) return made.serviceAccount.id;
  const { serviceAccounts } = await accounts.listServiceAccounts({ organization: organizationId, filter: `name = "${name}"` });
  return serviceAccounts[0]?.id ?? "";
}

async function unlessTaken<T>(create: Promise<T>): Promise<T | undefined> {
  try {
    return await create;
  } catch (error) {
    if (failedWith(error, "NAME_TAKEN")) return undefined;
    throw error;
  }
}
