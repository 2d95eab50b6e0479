import type { Mutate } from "@signalbox/runtime/audit/mutation.ts";
import type { Refusals } from "@signalbox/runtime/audit/refused.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import type { Keys } from "@signalbox/runtime/crypto/keys.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { Lists } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Outbox } from "@signalbox/runtime/store/outbox.ts";
import type { ApiKeyStore } from "./api-key/store.ts";
import type { Failures } from "./password/failures.ts";
import type { PasswordStore } from "./password/store.ts";
import type { PrincipalStore } from "./principal/store.ts";
import type { ServiceAccountStore } from "./service-account/store.ts";
import type { SessionStore } from "./session/store.ts";
import type { IdentityTables } from "./tables.ts";
import type { UserLife } from "./user/life.ts";
import type { UserStore } from "./user/store.ts";

/** What the handlers work on. */
export interface Stores {
  readonly clock: Clock;
  readonly policy: Pick<Policy, "isActive" | "onChange">;
  readonly dialect: Dialect;
  readonly principals: PrincipalStore;
  readonly users: UserStore;
  readonly life: UserLife;
  readonly passwords: PasswordStore;
  readonly failures: Failures;
  readonly accounts: ServiceAccountStore;
  readonly keys: ApiKeyStore;
  readonly sessions: SessionStore;
  /** The log that the policy feed and the audit log follow. */
  readonly log: Outbox;
  readonly mutate: Mutate<IdentityTables>;
  readonly transact: Database<IdentityTables>["transact"];
  readonly refusals: Pick<Refusals, "record">;
  readonly lists: Lists;
  /** What hashes of keys are keyed with, the current one first. */
  readonly peppers: Keys;
}
