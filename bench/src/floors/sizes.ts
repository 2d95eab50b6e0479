import type { Database } from "@signalbox/runtime/store/database.ts";
import { sql } from "kysely";

interface Size {
  readonly name: string;
  readonly bytes: number;
}

/** The bytes of each table with its indexes, without what was left behind by updates. SQLite tells the whole only. */
export async function sizes({ db, dialect }: Database<never>): Promise<ReadonlyMap<string, number>> {
  const ask = async (query: ReturnType<typeof sql<Size>>) => (await query.execute(db)).rows;
  const rows = await {
    async postgres() {
      await sql`vacuum full`.execute(db);
      return ask(
        sql<Size>`select relname as name, pg_total_relation_size(oid) as bytes from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
      );
    },
    async mysql() {
      const tables = await ask(
        sql<Size>`select table_name as name, 0 as bytes from information_schema.tables where table_schema = database()`,
      );
      await sql`analyze table ${sql.join(tables.map(({ name }) => sql.ref(name)))}`.execute(db);
      return ask(
        sql<Size>`select table_name as name, data_length + index_length as bytes from information_schema.tables where table_schema = database()`,
      );
    },
    sqlite: () =>
      ask(
        sql<Size>`select 'all' as name, (page_count - freelist_count) * page_size as bytes from pragma_page_count(), pragma_freelist_count(), pragma_page_size()`,
      ),
  }[dialect.name]();
  return new Map(rows.map(({ name, bytes }) => [name, Number(bytes)]));
}
