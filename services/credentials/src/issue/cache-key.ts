import { createHash } from "node:crypto";
import { boundTo } from "@signalbox/runtime/crypto/seal.ts";
import type { Narrowed } from "../provider/method.ts";
import type { ConnectorRow } from "../tables.ts";

/** What of a connector its credentials depend on. */
type Version = Pick<ConnectorRow, "workspaceId" | "id" | "createTime" | "revision">;

/**
 * Where the credential of a connector for a resource is cached. The version is
 * in it: what an older one issued is never found again, even if deleting it was
 * lost. So is the time of creation: an id may be brought again after a delete.
 */
export function cacheKeyOf({ workspaceId, id, createTime, revision }: Version, { resource, policy }: Narrowed): Buffer {
  const bound = boundTo("credential", workspaceId, id, String(createTime), String(revision), resource, policy);
  return createHash("sha256").update(bound).digest();
}

/** The name that a credential has in the cache, by its key. */
export const cachedAs = (key: Buffer): string => `credential:${key.toString("hex")}`;
