import type { Mutate } from "@signalbox/runtime/audit/mutation.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import type { Decisions } from "@signalbox/runtime/policy/decide.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { Lists } from "@signalbox/runtime/resource/lists.ts";
import type { WantTags } from "@signalbox/runtime/resource/tags/want.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Outbox } from "@signalbox/runtime/store/outbox.ts";
import type { BringFlavors } from "./flavor/built-in.ts";
import type { RegistryTables } from "./tables.ts";

/** What the handlers of registry work with. */
export interface Context {
  readonly database: Database<RegistryTables>;
  /** Runs the work of a call together with its audit event. */
  readonly mutate: Mutate<RegistryTables>;
  readonly log: Outbox;
  readonly clock: Clock;
  readonly lists: Lists;
  readonly policy: Pick<Policy, "principalRef" | "workspace" | "facts">;
  readonly decisions: Decisions;
  /** Finds the tags that requests attach. */
  readonly want: WantTags;
  readonly bringFlavors: BringFlavors;
}
