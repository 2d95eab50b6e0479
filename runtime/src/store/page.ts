import { type SelectQueryBuilder, sql } from "kysely";
import { type Clock, systemClock } from "../clock.ts";
import { boundTo } from "../crypto/seal.ts";
import { type Condition, conditionsOf } from "../filter/condition.ts";
import type { Dialect } from "./dialect/dialect.ts";
import type { Listing } from "./listing.ts";
import { type OrderColumn, orderOf } from "./order.ts";
import type { PageSeal } from "./page-seal.ts";
import { type OrderValue, tokenOf, valuesOf } from "./page-token.ts";

/** What every List request asks, under the names of the contract. */
export interface ListRequest {
  readonly filter?: string;
  readonly orderBy?: string;
  /** 0 stands for 50. The contract bounds it at 1,000. */
  readonly pageSize: number;
  readonly pageToken: string;
  readonly includeTotal?: boolean;
}

/** What a page token belongs to, besides filter and order. */
export interface ListContext {
  readonly dialect: Dialect;
  readonly seal: PageSeal;
  /** The method's full name, the workspace, and every other request field that chooses rows. */
  readonly bound: readonly string[];
  readonly clock?: Clock;
}

export interface Page<R> {
  readonly rows: R[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
  /** How many rows match in all, where that was asked for. */
  readonly totalSize: bigint | undefined;
}

/**
 * Answers a List call: `query` narrowed, ordered and cut into pages by key set, so that
 * rows added or removed between two pages are neither repeated nor skipped. The query
 * may join but not group. Fails with FILTER_INVALID, ORDER_INVALID, PAGE_TOKEN_INVALID or TOO_MANY_MATCHES.
 */
export async function list<DB, TB extends keyof DB, R extends object>(
  query: SelectQueryBuilder<DB, TB, R>,
  listing: Listing,
  { filter = "", orderBy = "", pageSize, pageToken, includeTotal = false }: ListRequest,
  { dialect, seal, bound, clock = systemClock }: ListContext,
): Promise<Page<R>> {
  const order = orderOf(listing, orderBy);
  const belongsTo = boundTo("page", filter, orderBy, ...bound);
  const from = pageToken === "" ? undefined : valuesOf(pageToken, order, seal, belongsTo);
  const conditions = await conditionsOf(listing, filter, clock);
  const matching = conditions.reduce((narrowed, condition) => narrowed.where(condition as never), query);
  const begun = from ? dialect.readBy(matching.where(after(order, from) as never), order[0]?.index) : matching;
  const ordered = order.reduce((sorted, { column, descending }) => sorted.orderBy(sql.ref(column), descending ? "desc" : "asc"), begun);

  const size = pageSize || 50;
  const [found, totalSize] = await Promise.all([
    ordered.limit(size + 1).execute() as Promise<R[]>,
    includeTotal ? count(matching) : undefined,
  ]);
  const rows = found.slice(0, size);
  const last = found.length > size ? rows.at(-1) : undefined;
  return { rows, totalSize, nextPageToken: last ? tokenOf(valuesIn(last, order), seal, belongsTo) : "" };
}

/**
 * The rows after the one with these values. It is said twice where all columns point the
 * same way: PostgreSQL and SQLite read a range of the index for the row comparison,
 * MySQL for the spelled-out form, and each takes the other as a mere check.
 */
function after(order: readonly OrderColumn[], values: readonly OrderValue[]): Condition {
  const sign = ({ descending }: OrderColumn) => (descending ? "<" : ">");
  return (row) => {
    const spelled = row.or(
      order.map((moved, i) =>
        row.and([...order.slice(0, i).map(({ column }, j) => row(column, "=", values[j])), row(moved.column, sign(moved), values[i])]),
      ),
    );
    const [first] = order as [OrderColumn];
    if (order.some(({ descending }) => descending !== first.descending)) {
      return row.and([row(first.column, first.descending ? "<=" : ">=", values[0]), spelled]);
    }
    const columns = sql.join(order.map(({ column }) => sql.ref(column)));
    return row.and([sql<boolean>`(${columns}) ${sql.raw(sign(first))} (${sql.join(values)})`, spelled]);
  };
}

function valuesIn(row: object, order: readonly OrderColumn[]): OrderValue[] {
  return order.map(({ column }) => {
    const value = (row as Record<string, OrderValue | null | undefined>)[column.slice(column.lastIndexOf(".") + 1)];
    if (value === undefined || value === null) throw new Error(`the list is ordered by ${column}, which its rows lack`);
    return value;
  });
}

async function count<DB, TB extends keyof DB, R>(matching: SelectQueryBuilder<DB, TB, R>): Promise<bigint> {
  const { total } = (await matching.clearSelect().select(sql<number>`count(*)`.as("total")).executeTakeFirstOrThrow()) as { total: number };
  return BigInt(total);
}
