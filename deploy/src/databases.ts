import type { ServiceName } from "@signalbox/runtime/contract/services.ts";
import type { Needs } from "@signalbox/runtime/host/part.ts";
import { type Database, type DatabaseOptions, openDatabase } from "@signalbox/runtime/store/database.ts";
import { migrate } from "@signalbox/runtime/store/migrate.ts";
import type { SteeredClock } from "@signalbox/runtime/store/steered-clock.ts";
import { gaugedPool } from "@signalbox/runtime/telemetry/pool-gauges.ts";
import { sqlSpans } from "@signalbox/runtime/telemetry/sql-spans.ts";

export interface OpenerOptions extends Pick<DatabaseOptions, "around"> {
  /** The clock that is to go with the database's. */
  readonly time?: SteeredClock;
}

/** Opens a service's tables in a database and brings them up to date. */
export function opener(name: ServiceName, url: string, poolSize: number, { around, time }: OpenerOptions = {}): Needs["open"] {
  return async <Tables>(migrations: Parameters<Needs["open"]>[0]) => {
    const database = openDatabase<Tables>(url, {
      poolSize,
      onQuery: sqlSpans(),
      around: (driver, dialect) => gaugedPool(around?.(driver, dialect) ?? driver, name),
    });
    try {
      await migrate(database, name, migrations);
      await time?.follow(database as unknown as Database<never>);
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  };
}
