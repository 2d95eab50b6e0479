import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiKeyService } from "@signalbox/gen/signalbox/identity/v1/api_key_service_pb.ts";
import { ServiceAccountService } from "@signalbox/gen/signalbox/identity/v1/service_account_service_pb.ts";
import { RoleBindingService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { type Box, folderStore, openBox, openConnection } from "@signalbox/sdk";
import type { Plane } from "./plane.ts";
import { organization, workspace } from "./scene.ts";

/** A service account with an API key, as whoever runs pipelines has one. */
export interface Machine {
  readonly id: string;
  readonly key: string;
  readonly keyId: string;
}

/** Makes a service account with a role in the first workspace. */
export async function machine({ client, admin }: Pick<Plane, "client" | "admin">, role: string): Promise<Machine> {
  const name = `${role}-${newUuid().slice(-8)}`;
  const { serviceAccount } = await client(ServiceAccountService, admin).createServiceAccount({ organization, name });
  const principal = serviceAccount?.id ?? "";
  await client(RoleBindingService, admin).createRoleBinding({ principal, role, scope: { organization, workspace } });
  const { key, apiKey } = await client(ApiKeyService, admin).createApiKey({ principal, name: "test" });
  return { id: principal, key, keyId: apiKey?.id ?? "" };
}

/** The SDK as somebody, with artifacts in a folder that goes with the box. */
export function openTestBox(url: string, credential: string, project: string): Box {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-artifacts-"));
  const box = openBox(openConnection({ url, credential }), { project, artifactStore: folderStore(folder) });
  return {
    ...box,
    close() {
      box.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
