import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from "kysely";

/**
 * Whether a query that depends on a row of a list finds anything. Not by EXISTS, which engines answer by reading all that it
 * may find before the first row: so each row is asked, and the list ends where a page is full. What it selects is never null.
 */
export const there = <DB, TB extends keyof DB, R>(query: SelectQueryBuilder<DB, TB, R>): RawBuilder<SqlBool> =>
  sql<SqlBool>`(${query.limit(1)}) is not null`;
