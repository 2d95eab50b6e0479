import type { Mutate } from "@signalbox/runtime/audit/mutation.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { Lists } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Outbox } from "@signalbox/runtime/store/outbox.ts";
import type { DataKeys } from "./sealing/data-keys.ts";
import type { CredentialsTables } from "./tables.ts";

/** What the handlers of credentials work with. */
export interface Context {
  readonly database: Database<CredentialsTables>;
  /** Runs the work of a call together with its audit event. */
  readonly mutate: Mutate<CredentialsTables>;
  /** What other services follow this one by. */
  readonly log: Outbox;
  readonly keys: DataKeys;
  readonly clock: Clock;
  readonly lists: Lists;
  /** Tells who principals are. */
  readonly policy: Pick<Policy, "principalRef" | "facts" | "workspace">;
}
