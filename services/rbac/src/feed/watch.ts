import type { MessageInitShape } from "@bufbuild/protobuf";
import type { PolicyChange, WatchPolicyResponseSchema } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { waiter } from "@signalbox/runtime/store/waiter.ts";
import type { Follower } from "./follow.ts";
import type { Ring } from "./ring.ts";
import { snapshot } from "./snapshot.ts";
import { tells, viewOf } from "./view.ts";

type Part = MessageInitShape<typeof WatchPolicyResponseSchema>;

export interface WatchOptions {
  readonly policy: Policy;
  readonly follower: Pick<Follower, "onReload">;
  readonly ring: Ring;
}

export interface Watcher {
  /** The workspace to hear about; empty for everything. */
  readonly workspace: string;
  /** The revision that the watcher has; 0 for none. */
  readonly after: number;
  readonly signal: AbortSignal;
}

const signOfLifeMs = 1000;
/** How long a watcher may be ahead of this replica before it hears that its revision does not exist. */
const lagMs = 2000;

/**
 * The policy, then each change of it. A watcher reads the ring at its own pace
 * and holds nothing but its place there: when the place is gone, because the
 * watcher is slow or was away, it hears the whole policy anew.
 */
export function watchPolicy({ policy, follower, ring }: WatchOptions) {
  return async function* watch({ workspace, after, signal }: Watcher): AsyncGenerator<Part> {
    const changed = waiter((wake) => policy.onChange(wake));
    let reloaded = false;
    const forget = follower.onReload(() => {
      reloaded = true;
    });
    try {
      let view = viewOf(policy, workspace);
      for (const patience = Date.now() + lagMs; after > policy.revision && Date.now() < patience && !signal.aborted; ) {
        await changed.wait(100, signal);
      }
      // The view of a watcher that resumes does not know what was shown: for a workspace that is a new start.
      let at: number | undefined = after > 0 && after <= policy.revision && workspace === "" ? after : undefined;
      while (!signal.aborted) {
        const missed: readonly PolicyChange[] | undefined = at === undefined || reloaded ? undefined : ring.after(at);
        if (missed === undefined) {
          reloaded = false;
          view = viewOf(policy, workspace);
          at = policy.revision;
          yield { part: { case: "reset", value: true } };
          for (const change of snapshot(policy.facts, view, at)) yield { part: { case: "change", value: change } };
        } else {
          for (const change of missed) {
            const narrowed = view.narrow(change);
            if (narrowed === undefined) {
              at = undefined;
              break;
            }
            at = Number(change.revision);
            if (tells(narrowed)) yield { part: { case: "change", value: narrowed } };
          }
        }
        if (at === undefined) continue;
        // More may have happened while the consumer was reading; it is not current before it has that too.
        if (reloaded || ring.after(at)?.length !== 0) continue;
        at = policy.revision;
        yield { part: { case: "current", value: BigInt(at) } };
        if (!reloaded && ring.after(at)?.length === 0) await changed.wait(signOfLifeMs, signal);
      }
    } finally {
      forget();
      changed.close();
    }
  };
}
