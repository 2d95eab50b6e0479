import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { Outbox } from "@signalbox/runtime/store/outbox.ts";
import type { Ring } from "./ring.ts";
import { type FactStore, policyKind } from "./store.ts";

export interface FollowerOptions {
  readonly policy: Policy;
  readonly facts: FactStore;
  readonly log: Pick<Outbox, "pull">;
  readonly ring: Ring;
}

/** Keeps the policy of this process equal to the tables, by following rbac's own log. */
export interface Follower {
  /** Reads the whole policy. */
  load(): Promise<void>;
  /** Applies what the log has beyond the policy's revision. Resolves with whether there was anything. */
  step(): Promise<boolean>;
  /** Calls back after the policy was read as a whole; returns the way to end that. */
  onReload(heard: () => void): () => void;
}

const portion = 500;

export function follower({ policy, facts, log, ring }: FollowerOptions): Follower {
  const listeners = new Set<() => void>();
  let revision = 0;

  async function load(): Promise<void> {
    const now = await facts.revision();
    const everything = await facts.everything();
    revision = now;
    ring.restart(now);
    policy.replace(everything, now);
    policy.confirm(now);
    for (const heard of listeners) heard();
  }

  return {
    load,
    async step() {
      const { events, upto, resync } = await log.pull(revision, portion, [policyKind]);
      if (resync) {
        // The log was cut or the database is another one: what is known may be wrong in any way.
        await load();
        return true;
      }
      if (events.length > 0) {
        const change = await facts.present(events, upto);
        ring.add(change);
        policy.apply(change, upto);
      }
      const moved = upto !== revision;
      revision = upto;
      policy.confirm(upto);
      return moved;
    },
    onReload(heard) {
      listeners.add(heard);
      return () => void listeners.delete(heard);
    },
  };
}
