import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Sealer } from "@signalbox/runtime/crypto/seal.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import { connectorSecretBinding } from "../sealing/bindings.ts";
import { methodNumber } from "../tables.ts";
import { decodeSealed, type Sealed } from "./sealed.ts";
import type { Issuing } from "./store.ts";

/** The secret of a connector, or all that a record has sealed, as its row keeps it. */
export const sealSecret = (sealer: Sealer, workspaceId: Id, id: Id, secret: string): Buffer =>
  sealer.seal(Buffer.from(secret), connectorSecretBinding(workspaceId, id));

/** The secret of a connector in clear. */
export const openSecret = (sealer: Sealer, { workspaceId, id, sealed }: Pick<Issuing, "workspaceId" | "id" | "sealed">): string =>
  sealer.open(sealed, connectorSecretBinding(workspaceId, id)).toString();

/** What a record keeps sealed, in clear. Fails with LONG_LIVED_REFUSED for what issues by a secret that nobody is to see. */
export function openRecord(sealer: Sealer, row: Issuing): Sealed {
  if (row.method === methodNumber.record) return decodeSealed(openSecret(sealer, row));
  throw new SignalboxError(
    Reason.LONG_LIVED_REFUSED,
    "the secret of aws_role and oauth_client is never handed out; ask with IssueCredential for what expires",
  );
}
