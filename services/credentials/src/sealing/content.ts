import { timingSafeEqual } from "node:crypto";
import type { Sealer } from "@signalbox/runtime/crypto/seal.ts";
import type { ResourceRow } from "@signalbox/runtime/resource/row.ts";
import { contentBinding } from "./bindings.ts";

type Made = Pick<ResourceRow, "workspaceId" | "id" | "contentHash">;

/** The hash of what something is created with, as its row keeps it. */
export const sealContent = (sealer: Sealer, { workspaceId, id }: Pick<Made, "workspaceId" | "id">, hash: Buffer): Buffer =>
  sealer.seal(hash, contentBinding(workspaceId, id));

/** Whether something was created with the content that has this hash. */
export function madeOf(sealer: Sealer, { workspaceId, id, contentHash }: Made, hash: Buffer): boolean {
  return timingSafeEqual(sealer.open(contentHash, contentBinding(workspaceId, id)), hash);
}
