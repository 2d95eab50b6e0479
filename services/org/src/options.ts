import type { Mutate } from "@signalbox/runtime/audit/mutation.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import type { Peers } from "@signalbox/runtime/peers/peers.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { Lists } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Outbox } from "@signalbox/runtime/store/outbox.ts";
import type { OrgTables } from "./tables.ts";

/** What the handlers of this service work with. */
export interface OrgOptions {
  readonly database: Database<OrgTables>;
  readonly log: Outbox;
  readonly mutate: Mutate<OrgTables>;
  readonly policy: Policy;
  readonly peers: Peers;
  readonly lists: Lists;
  readonly clock: Clock;
}

/** How long a call waits for what it has done to be in the policy of this process. Then it answers all the same. */
export const settleMs = 2000;
