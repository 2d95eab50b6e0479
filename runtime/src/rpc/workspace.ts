import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "../errors.ts";
import { type Id, noId, toId } from "../ids.ts";
import type { Call } from "./call.ts";

/** The workspace that the call's token is bound to: first in every statement. Fails with TOKEN_AUDIENCE_WRONG for a control-plane token. */
export function workspaceOf({ caller }: Call): Id {
  if (!caller?.workspace) throw new SignalboxError(Reason.TOKEN_AUDIENCE_WRONG, "this needs a token for a workspace");
  return toId(caller.workspace);
}

/** The workspace of the call, or the id that stands for the control plane. */
export function planeId({ caller }: Pick<Call, "caller">): Id {
  return caller?.workspace ? toId(caller.workspace) : noId;
}

/** The principal that the call acts for: a run token acts for the owner of its run. */
export function callerId({ caller }: Call): Id {
  return caller && caller.kind !== "service" ? toId(caller.id) : noId;
}
