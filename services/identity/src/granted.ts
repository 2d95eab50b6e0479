import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toId } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { PrincipalCaller } from "@signalbox/runtime/rpc/caller.ts";

/** The resource that the request names, as authorize found it. */
export function grantedId({ granted, method }: Call): Id {
  if (!granted?.resource) throw new Error(`${method.name} names a resource, and authorize found none`);
  return toId(granted.resource.id);
}

/** The user or service account that calls. Fails with CREDENTIALS_MISSING for a service on its own account. */
export function principalOf({ caller }: Call): PrincipalCaller {
  if (caller?.kind === "user" || caller?.kind === "service_account") return caller;
  throw new SignalboxError(Reason.CREDENTIALS_MISSING, "this is for users and service accounts");
}
