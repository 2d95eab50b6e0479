import { type Database, openDatabase } from "../../src/store/database.ts";
import type { DialectName } from "../../src/store/dialect/dialect.ts";
import { migrate } from "../../src/store/migrate.ts";
import { freshDatabase } from "../../src/testing/databases.ts";
import { migrations, type Tables } from "./things.ts";

export interface Fresh<T = Tables> {
  readonly database: Database<T>;
  readonly url: string;
  close(): Promise<void>;
}

/** A migrated database for one file of tests. */
export async function fresh<T = Tables>(dialect: DialectName, extra: Parameters<typeof migrate>[2] = {}): Promise<Fresh<T>> {
  const { url, drop } = await freshDatabase(dialect);
  const database = openDatabase<T>(url);
  await migrate(database, "test", { ...migrations, ...extra });
  return {
    database,
    url,
    async close() {
      await database.close();
      await drop();
    },
  };
}
