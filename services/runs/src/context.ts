import type { Mutate } from "@signalbox/runtime/audit/mutation.ts";
import type { Wakeups } from "@signalbox/runtime/cache/wakeups.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import type { RunTokens } from "@signalbox/runtime/crypto/run-token.ts";
import type { Log } from "@signalbox/runtime/host/log.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Peers } from "@signalbox/runtime/peers/peers.ts";
import type { Decisions } from "@signalbox/runtime/policy/decide.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { Lists } from "@signalbox/runtime/resource/lists.ts";
import type { WantTags } from "@signalbox/runtime/resource/tags/want.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Outbox } from "@signalbox/runtime/store/outbox.ts";
import type { HookStore } from "./hook/store.ts";
import type { ReadOverrides } from "./replay/overrides.ts";
import type { Reporting } from "./report/reporting.ts";
import type { Queue } from "./reservation/queue.ts";
import type { Place, ReservationStore } from "./reservation/store.ts";
import type { Adding } from "./run/adding.ts";
import type { ReadDocuments } from "./run/documents.ts";
import type { Feed } from "./run/feed.ts";
import type { PrincipalNames } from "./run/mapping.ts";
import type { Plans } from "./run/plan-store.ts";
import type { Places } from "./run/resolver.ts";
import type { RunStore } from "./run/store.ts";
import type { Tail } from "./run/tail.ts";
import type { ReadTraits } from "./run/traits.ts";
import type { FindSnapshot } from "./snapshot/facts.ts";
import type { StepStore } from "./step/store.ts";
import type { RunsTables } from "./tables.ts";
import type { WaitStore } from "./wait/store.ts";

/** What the handlers of this service work with. */
export interface Context {
  readonly database: Database<RunsTables>;
  readonly mutate: Mutate<RunsTables>;
  readonly outbox: Outbox;
  readonly adding: Adding;
  /** The same for runs that begin with steps: they have many rows, and others do not wait for these. */
  readonly replaying: Adding;
  readonly reporting: Reporting;
  readonly runs: RunStore;
  readonly places: Places;
  /** Joins those who watch a run, and those who watch all. */
  readonly feedOf: (workspace: Id, run: Id) => Feed;
  readonly tailOf: () => Tail;
  readonly steps: StepStore;
  readonly waits: WaitStore;
  readonly reservations: ReservationStore;
  /** Joins those who wait for what another computes. */
  readonly queueOf: (place: Place) => Queue;
  readonly hooks: HookStore;
  readonly documents: ReadDocuments;
  readonly overrides: ReadOverrides;
  readonly traits: ReadTraits;
  readonly plans: Plans;
  readonly snapshots: FindSnapshot;
  readonly want: WantTags;
  readonly policy: Pick<Policy, "workspace">;
  readonly decisions: Decisions;
  readonly tokens: RunTokens;
  readonly peers: Peers;
  readonly wakeups: Wakeups;
  readonly names: PrincipalNames;
  readonly lists: Lists;
  readonly clock: Clock;
  readonly log: Log;
}
