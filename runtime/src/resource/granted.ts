import { type Id, toId } from "../ids.ts";
import type { Visible } from "../policy/grant.ts";
import type { Call } from "../rpc/call.ts";

/** The resource that the call was granted, as authorize found it: what the request names, or the parent it creates in. */
export function grantedId({ granted, method }: Call): Id {
  if (!granted?.resource) throw new Error(`${method.name} names a resource, and authorize found none`);
  return toId(granted.resource.id);
}

/** The project that a list is bounded to; undefined where its request names none. */
export const grantedProject = ({ granted }: Call): Id | undefined => (granted?.resource ? toId(granted.resource.id) : undefined);

/** The bound of a list. */
export function grantedScope({ granted, method }: Call): Visible {
  if (!granted?.visible) throw new Error(`${method.name} is bounded by a scope, and authorize found none`);
  return granted.visible;
}
