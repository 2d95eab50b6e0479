import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DummyDriver, Kysely } from "kysely";
import { plugins } from "../store/database.ts";
import type { Dialect } from "../store/dialect/dialect.ts";
import { mysql } from "../store/dialect/mysql.ts";
import { postgres } from "../store/dialect/postgres.ts";
import { sqlite } from "../store/dialect/sqlite.ts";
import type { Migration } from "../store/migrate.ts";

/** All dialects, for tests that need no database. */
export const allDialects: readonly Dialect[] = [postgres, mysql, sqlite];

/** The SQL text of a migration on one engine, a statement a line. Runs on no database. */
async function render(migration: Migration, dialect: Dialect): Promise<string> {
  const statements: string[] = [];
  const db = new Kysely<unknown>({
    dialect: { ...dialect.grammar, createDriver: () => new DummyDriver() },
    plugins: plugins(),
    log: ({ query }) => {
      statements.push(`${query.sql};`);
    },
  });
  await migration(dialect).up(db);
  return `${statements.join("\n")}\n`;
}

/**
 * The golden text of `<folder>/<name>.<dialect>.sql` and the text that the migration
 * renders to now; a test holds them equal, so that nobody edits the past unseen. With
 * UPDATE_GOLDEN=1 the file is written first.
 */
export async function golden(
  folder: string,
  name: string,
  migration: Migration,
  dialect: Dialect,
): Promise<{ expected: string; actual: string }> {
  const file = join(folder, `${name}.${dialect.name}.sql`);
  const actual = await render(migration, dialect);
  if (process.env.UPDATE_GOLDEN === "1") {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, actual);
  }
  if (!existsSync(file)) throw new Error(`${file} is missing: UPDATE_GOLDEN=1 writes it`);
  return { expected: readFileSync(file, "utf8"), actual };
}
