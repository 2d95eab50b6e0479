import {
  AuthorizationService,
  type PolicyChange,
  type WatchPolicyResponse,
} from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import type { Log } from "../host/log.ts";
import type { Duty } from "../host/part.ts";
import type { Peers } from "../peers/peers.ts";
import { sleep } from "../rpc/sleep.ts";
import type { Policy } from "./policy.ts";

export interface MirrorOptions {
  readonly policy: Policy;
  readonly peers: Peers;
  readonly log: Log;
  /** The workspace to hear about; undefined for everything. */
  readonly workspace?: string | undefined;
}

// rbac says once a second that nothing is missing; silence for longer means that the line is dead.
const silenceMs = 5_000;
const retryMs = 200;

/** Keeps a policy equal to rbac's, as long as the signal lasts: the whole of it first, then each change. */
export function mirror({ policy, peers, log, workspace = "" }: MirrorOptions): Duty {
  return async (signal) => {
    while (!signal.aborted) {
      const silence = new AbortController();
      const end = AbortSignal.any([signal, silence.signal]);
      try {
        const parts = peers(AuthorizationService).watchPolicy({ workspace, afterRevision: BigInt(policy.revision) }, { signal: end });
        await follow(parts, policy, () => silence.abort(new Error("rbac fell silent")));
      } catch (failure) {
        if (!signal.aborted) log.warn({ err: failure }, "the policy feed was cut; decisions go on from what is known");
      }
      await sleep(retryMs, signal);
    }
  };
}

async function follow(parts: AsyncIterable<WatchPolicyResponse>, policy: Policy, dead: () => void): Promise<void> {
  let whole: PolicyChange[] | undefined;
  let timer = setTimeout(dead, silenceMs);
  try {
    for await (const { part } of parts) {
      clearTimeout(timer);
      timer = setTimeout(dead, silenceMs);
      if (part.case === "reset") whole = [];
      else if (part.case === "change" && whole) whole.push(part.value);
      else if (part.case === "change") policy.apply(part.value, Number(part.value.revision));
      else if (part.case === "current") {
        if (whole) policy.replace(whole, Number(part.value));
        whole = undefined;
        policy.confirm(Number(part.value));
      }
    }
  } finally {
    clearTimeout(timer);
  }
}
