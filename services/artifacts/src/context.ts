import type { Mutate } from "@signalbox/runtime/audit/mutation.ts";
import type { Wakeups } from "@signalbox/runtime/cache/wakeups.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import type { Log } from "@signalbox/runtime/host/log.ts";
import type { Peers } from "@signalbox/runtime/peers/peers.ts";
import type { Decisions } from "@signalbox/runtime/policy/decide.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { Lists } from "@signalbox/runtime/resource/lists.ts";
import type { WantTags } from "@signalbox/runtime/resource/tags/want.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Outbox } from "@signalbox/runtime/store/outbox.ts";
import type { ArtifactsTables } from "./tables.ts";

/** What the handlers and duties of artifacts work with. */
export interface Context {
  readonly database: Database<ArtifactsTables>;
  /** Runs the work of a call together with its audit event. */
  readonly mutate: Mutate<ArtifactsTables>;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly lists: Lists;
  readonly policy: Pick<Policy, "principalRef" | "facts">;
  readonly decisions: Decisions;
  /** Finds the tags that requests attach. */
  readonly want: WantTags;
  readonly peers: Peers;
  readonly wakeups: Wakeups;
  readonly log: Log;
}
