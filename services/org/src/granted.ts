import { type Id, toId } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";

/** The id of what the request names, which authorize has found. */
export function grantedId({ granted, method }: Call): Id {
  if (!granted?.resource) throw new Error(`${method.name} came without the resource that it names`);
  return toId(granted.resource.id);
}
