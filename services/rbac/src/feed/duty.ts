import type { Wakeups } from "@signalbox/runtime/cache/wakeups.ts";
import type { Duty } from "@signalbox/runtime/host/part.ts";
import { waiter } from "@signalbox/runtime/store/waiter.ts";
import type { Follower } from "./follow.ts";

export interface FollowingOptions {
  readonly wakeups: Wakeups;
  /** The topic that says that rbac's log has more. */
  readonly topic: string;
  readonly idleMs: number;
  readonly onError: (error: unknown) => void;
}

/** Keeps the policy of this process current. Every replica does so by itself. */
export function following(follower: Follower, { wakeups, topic, idleMs, onError }: FollowingOptions): Duty {
  return async (signal) => {
    const more = waiter((wake) => wakeups.subscribe(topic, wake));
    try {
      while (!signal.aborted) {
        const moved = await follower.step().catch((error: unknown) => {
          if (!signal.aborted) onError(error);
          return false;
        });
        if (!moved) await more.wait(idleMs, signal);
      }
    } finally {
      more.close();
    }
  };
}
