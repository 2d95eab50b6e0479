import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { callerId } from "@signalbox/runtime/rpc/workspace.ts";

/** Whom the provider's log is to name: the one it was minted for. Whom else it was served to, the leases tell. */
export const sessionOf = (call: Call): string =>
  call.caller?.kind === "run" ? `signalbox-run-${call.caller.run}` : `signalbox-${toUuid(callerId(call))}`;
