import { type SelectQueryBuilder, sql } from "kysely";
import type { Clock } from "../clock.ts";
import { boundTo } from "../crypto/seal.ts";
import type { Id } from "../ids.ts";
import type { Dialect } from "./dialect/dialect.ts";
import type { Index, IndexesOf } from "./indexes.ts";
import { bareColumn, type Listing } from "./listing.ts";
import { type OrderColumn, orderOf } from "./order.ts";
import type { PageSeal } from "./page-seal.ts";
import { type OrderValue, tokenOf, valuesOf } from "./page-token.ts";
import { mostHolders } from "./plan.ts";
import { searched } from "./search.ts";
import { side } from "./side.ts";

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
  readonly indexesOf: IndexesOf;
  readonly seal: PageSeal;
  /** The method's full name, the workspace, and every other request field that chooses rows. */
  readonly bound: readonly string[];
  readonly clock?: Clock;
}

export interface Page<R> {
  readonly rows: R[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
  /** How many rows match in all, where that was asked for and no more than 100,000 have to be looked at. */
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
  request: ListRequest,
  context: ListContext,
): Promise<Page<R>> {
  const { dialect, indexesOf } = context;
  try {
    return await readPage(query, listing, request, context, await indexesOf(listing.table));
  } catch (cause) {
    // A newer program dropped it while this one runs.
    if (dialect.explain(cause)?.kind !== "index gone") throw cause;
    return readPage(query, listing, request, context, await indexesOf(listing.table, true));
  }
}

async function readPage<DB, TB extends keyof DB, R extends object>(
  query: SelectQueryBuilder<DB, TB, R>,
  listing: Listing,
  { filter = "", orderBy = "", pageSize, pageToken, includeTotal = false }: ListRequest,
  { dialect, seal, bound, clock }: ListContext,
  indexes: readonly Index[],
): Promise<Page<R>> {
  const order = orderOf(listing, orderBy);
  const belongsTo = boundTo("page", filter, orderBy, ...bound);
  const { plan, matching } = await searched(query, { listing, filter, order }, { dialect, clock }, indexes);
  const from = pageToken === "" ? undefined : valuesOf(pageToken, order, seal, belongsTo);
  type Rows = typeof query;
  const inOrder = (rows: Rows, after: readonly OrderValue[] | undefined) => {
    const begun = after ? rows.where(side(dialect, order, after, "after") as never) : rows;
    const sorted = order.reduce((some, { column, descending }) => some.orderBy(sql.ref(column), descending ? "desc" : "asc"), begun);
    return plan.by === "index" ? dialect.readBy(sorted, plan.index) : sorted;
  };
  const size = pageSize || 50;
  const take = (rows: Rows, after: readonly OrderValue[] | undefined, most: number) =>
    inOrder(rows, after).limit(most).execute() as Promise<R[]>;
  const among = (rows: Rows, ids: readonly Id[]) => rows.where((row) => row(sql.ref(listing.key), "in", ids));

  /** The first rows that match, one more than a page has, and where it was ceased to look for more. */
  async function find(): Promise<{ readonly found: R[]; readonly edge?: readonly OrderValue[] | undefined }> {
    if (plan.by === "ids") return { found: await take(among(matching, plan.ids), from, size + 1) };
    if (plan.by === "list" || (plan.by === "index" && plan.whole)) return { found: await take(matching, from, size + 1) };
    if (plan.by === "member") {
      const held = await plan.walk(from);
      const last = held.length === mostHolders ? held.at(-1) : undefined;
      // They lie between the two places: asked so as well, PostgreSQL would look for each of them along the order.
      const ids = held.map(({ id }) => id);
      return { found: await take(among(matching, ids), undefined, size + 1), edge: last && [last.time, last.id] };
    }
    const found: R[] = [];
    let looked = from;
    for (const portion of portions) {
      const edge = await edgeOf(inOrder(query, looked), order, portion);
      const reached = edge ? matching.where(side(dialect, order, edge, "until") as never) : matching;
      found.push(...(await take(reached, looked, size + 1 - found.length)));
      if (!edge || found.length > size) return { found };
      looked = edge;
    }
    return { found, edge: looked };
  }

  const total = async () => {
    if (plan.by === "ids") return count(among(matching, plan.ids));
    const lookedAt = plan.by === "index" && plan.whole ? matching : query;
    return plan.by === "list" || !(await isLonger(lookedAt, listing.key, mostCounted)) ? count(matching) : undefined;
  };
  const [{ found, edge }, totalSize] = await Promise.all([find(), includeTotal ? total() : undefined]);
  const rows = found.slice(0, size);
  const last = found.length > size ? valuesIn(rows.at(-1) as R, order) : edge;
  return { rows, totalSize, nextPageToken: last ? tokenOf(last, seal, belongsTo) : "" };
}

/** So many rows are looked at for a total. */
const mostCounted = 100_000;

async function isLonger<DB, TB extends keyof DB, R>(rows: SelectQueryBuilder<DB, TB, R>, key: string, most: number): Promise<boolean> {
  const beyond = rows.clearSelect().select(sql`${sql.ref(key)}`.as("id"));
  return (await beyond.offset(most).limit(1).execute()).length > 0;
}

/**
 * So many rows of an index are looked at for a page, a portion after another until it is full: where many fulfil the filter, few
 * are. Where too few of all portions do, the page has fewer rows.
 */
const portions = [500, 1_500, 4_500, 13_500];

/** The last of so many rows, by its place in their order; undefined where there are fewer. */
async function edgeOf<DB, TB extends keyof DB, R>(rows: SelectQueryBuilder<DB, TB, R>, order: readonly OrderColumn[], most: number) {
  const columns = order.map(({ column }) => sql.ref<OrderValue>(column).as(bareColumn(column)));
  const [edge] = await rows
    .clearSelect()
    .select(columns as never)
    .offset(most - 1)
    .limit(1)
    .execute();
  return edge && valuesIn(edge, order);
}

function valuesIn(row: object, order: readonly OrderColumn[]): OrderValue[] {
  return order.map(({ column }) => {
    const value = (row as Record<string, OrderValue | null | undefined>)[bareColumn(column)];
    if (value === undefined || value === null) throw new Error(`the list is ordered by ${column}, which its rows lack`);
    return value;
  });
}

async function count<DB, TB extends keyof DB, R>(matching: SelectQueryBuilder<DB, TB, R>): Promise<bigint> {
  const { total } = (await matching.clearSelect().select(sql<number>`count(*)`.as("total")).executeTakeFirstOrThrow()) as { total: number };
  return BigInt(total);
}
