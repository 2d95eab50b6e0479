import { type Id, toId } from "@signalbox/runtime/ids.ts";
import type { Visible } from "@signalbox/runtime/policy/grant.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";

/** The resource that the request names, as authorize found it. */
export function grantedId({ granted, method }: Call): Id {
  if (!granted?.resource) throw new Error(`${method.name} names a resource, and authorize found none`);
  return toId(granted.resource.id);
}

/** The bound of a list. */
export function grantedScope({ granted, method }: Call): Visible {
  if (!granted?.visible) throw new Error(`${method.name} is bounded by a scope, and authorize found none`);
  return granted.visible;
}
