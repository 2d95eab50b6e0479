import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connectRedis, redisPrefix } from "@signalbox/runtime/cache/redis-connection.ts";
import { openDatabase } from "@signalbox/runtime/store/database.ts";
import { sql } from "kysely";

/** Everything in every table of a PostgreSQL database, bytes in hexadecimal. */
export async function dumpPostgres(url: string): Promise<string> {
  const { db, close } = openDatabase<Record<string, Record<string, unknown>>>(url, { poolSize: 1 });
  try {
    const { rows } = await sql<{
      name: string;
    }>`select table_name as name from information_schema.tables where table_schema = 'public'`.execute(db);
    const tables: string[] = [];
    for (const { name } of rows) {
      const found = await sql<{ line: string }>`select r::text as line from ${sql.table(name)} as r`.execute(db);
      tables.push(name, ...found.rows.map(({ line }) => line));
    }
    return tables.join("\n");
  } finally {
    await close();
  }
}

/** Every file of a folder, as it is on the disk: also what was deleted and not overwritten. */
export function dumpFolder(folder: string): Buffer {
  return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
}

/** Everything that Signalbox keeps in a Redis. */
export async function dumpRedis(url: string): Promise<Buffer> {
  const redis = connectRedis(url, { commandTimeoutMs: 5_000, onFault: () => {} });
  try {
    await new Promise((resolve) => redis.once("ready", resolve));
    const keys = await redis.keys(`${redisPrefix}*`);
    const values = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
    return Buffer.concat([Buffer.from(keys.join("\n")), ...values.flatMap((value) => (value ? [value] : []))]);
  } finally {
    redis.disconnect();
  }
}
