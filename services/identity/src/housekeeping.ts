import type { Clock } from "@signalbox/runtime/clock.ts";
import type { Duty } from "@signalbox/runtime/host/part.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { whileLeader } from "@signalbox/runtime/store/leader.ts";
import { lease } from "@signalbox/runtime/store/lease.ts";
import type { Failures } from "./password/failures.ts";
import type { SessionStore } from "./session/store.ts";
import type { SigningKeys } from "./signing-key/ring.ts";
import type { IdentityTables } from "./tables.ts";

export interface Housekeeping {
  readonly database: Database<IdentityTables>;
  readonly signingKeys: Pick<SigningKeys, "keepFresh">;
  readonly sessions: Pick<SessionStore, "sweep">;
  readonly failures: Pick<Failures, "sweep">;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

const everyMs = 10 * 60_000;

/** Replaces signing keys in time, and removes what no longer counts. One replica does it for all. */
export function housekeeping({ database, signingKeys, sessions, failures, clock, onError }: Housekeeping): Duty {
  return (signal) =>
    whileLeader(lease(database as unknown as Database<never>, "identity", "housekeeping"), {
      ttlMs: 30_000,
      everyMs,
      signal,
      onError,
      work: async () => {
        await signingKeys.keepFresh();
        await sessions.sweep(clock());
        await failures.sweep();
      },
    });
}
