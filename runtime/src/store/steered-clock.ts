import type { Clock, Micros } from "../clock.ts";
import type { Database } from "./database.ts";

/** A clock that goes with that of a database. */
export interface SteeredClock {
  readonly clock: Clock;
  /** From here on the clock agrees with the database's; looked at again every minute. Resolves when it does. */
  follow(database: Pick<Database<never>, "db" | "dialect">): Promise<void>;
  close(): void;
}

const lookEveryMs = 60_000;
/** Clocks that are nearer to each other than this are left as they are. */
const nearMicros = 1_000_000;

/**
 * The clocks of machines differ, and then tokens are issued in the future, and what is revoked was
 * not. The database's is the one that all replicas of a plane share, so theirs go with it.
 */
export function steeredClock(own: Clock): SteeredClock {
  let offset = 0;
  let last: Micros = 0;
  let timer: NodeJS.Timeout | undefined;

  async function look({ db, dialect }: Pick<Database<never>, "db" | "dialect">): Promise<void> {
    const before = own();
    const { now } = await db.selectNoFrom(dialect.now().as("now")).executeTakeFirstOrThrow();
    const after = own();
    const difference = now - (before + after) / 2;
    // What took long tells little.
    if (after - before < nearMicros) offset = Math.abs(difference) > nearMicros ? Math.round(difference) : 0;
  }

  return {
    // Never backwards, whatever the offset does.
    clock: () => {
      last = Math.max(own() + offset, last + 1);
      return last;
    },
    async follow(database) {
      // The latest: an earlier one may have been opened for the start alone.
      clearInterval(timer);
      timer = setInterval(() => void look(database).catch(() => {}), lookEveryMs);
      timer.unref();
      await look(database);
    },
    close: () => clearInterval(timer),
  };
}
