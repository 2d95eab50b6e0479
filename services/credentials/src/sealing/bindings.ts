import { boundTo } from "@signalbox/runtime/crypto/seal.ts";
import type { Id } from "@signalbox/runtime/ids.ts";

// What each sealed value is bound to. One that is moved to another row, key or workspace does not open there.

export const dataKeyBinding = (workspaceId: Id, number: number): Buffer => boundTo("data key", workspaceId, String(number));

export const secretValueBinding = (workspaceId: Id, secretId: Id, name: string): Buffer =>
  boundTo("secret value", workspaceId, secretId, name);

export const connectorSecretBinding = (workspaceId: Id, connectorId: Id): Buffer => boundTo("connector secret", workspaceId, connectorId);

export const contentBinding = (workspaceId: Id, id: Id): Buffer => boundTo("content", workspaceId, id);
