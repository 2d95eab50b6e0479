import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { PrincipalCaller } from "@signalbox/runtime/rpc/caller.ts";

/** The user or service account that calls. Fails with CREDENTIALS_MISSING for a service on its own account. */
export function principalOf({ caller }: Call): PrincipalCaller {
  if (caller?.kind === "user" || caller?.kind === "service_account") return caller;
  throw new SignalboxError(Reason.CREDENTIALS_MISSING, "this is for users and service accounts");
}
