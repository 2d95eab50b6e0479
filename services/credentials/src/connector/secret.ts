import type { Sealer } from "@signalbox/runtime/crypto/seal.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import { connectorSecretBinding } from "../sealing/bindings.ts";
import type { Issuing } from "./store.ts";

/** The secret of a connector as its row keeps it. */
export const sealSecret = (sealer: Sealer, workspaceId: Id, id: Id, secret: string): Buffer =>
  sealer.seal(Buffer.from(secret), connectorSecretBinding(workspaceId, id));

/** The secret of a connector in clear. */
export const openSecret = (sealer: Sealer, { workspaceId, id, sealed }: Pick<Issuing, "workspaceId" | "id" | "sealed">): string =>
  sealer.open(sealed, connectorSecretBinding(workspaceId, id)).toString();
