import { type SelectQueryBuilder, sql } from "kysely";
import type { Clock } from "../clock.ts";
import { boundTo } from "../crypto/seal.ts";
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
  const inOrder = (rows: typeof query) => {
    const begun = from ? rows.where(side(order, from, "after") as never) : rows;
    const sorted = order.reduce((some, { column, descending }) => some.orderBy(sql.ref(column), descending ? "desc" : "asc"), begun);
    return plan.by === "index" ? dialect.readBy(sorted, plan.index) : sorted;
  };
  const held = plan.by === "member" ? await plan.walk(from) : undefined;
  const ids = plan.by === "ids" ? plan.ids : held?.map(({ id }) => id);
  const reached = held?.length === mostHolders ? held.at(-1) : undefined;
  const edge = plan.by === "index" && !plan.whole ? await edgeOf(inOrder(query), order) : reached && [reached.time, reached.id];
  const within = edge ? matching.where(side(order, edge, "until") as never) : matching;
  const size = pageSize || 50;
  const among = (rows: typeof query) => (ids ? rows.where((row) => row(sql.ref(listing.key), "in", ids)) : rows);
  const total = async () => {
    if (plan.by === "ids") return count(among(matching));
    const lookedAt = plan.by === "index" && plan.whole ? matching : query;
    return plan.by === "list" || !(await isLonger(lookedAt, listing.key, mostCounted)) ? count(matching) : undefined;
  };
  const [found, totalSize] = await Promise.all([
    inOrder(among(within))
      .limit(size + 1)
      .execute() as Promise<R[]>,
    includeTotal ? total() : undefined,
  ]);
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

/** So many rows of an index are looked at for a page; where too few of them fulfil the filter, the page has fewer rows. */
const mostExamined = 20_000;

/** The last row that is looked at for a page of these rows, by its place in their order; undefined where all are. */
async function edgeOf<DB, TB extends keyof DB, R>(rows: SelectQueryBuilder<DB, TB, R>, order: readonly OrderColumn[]) {
  const columns = order.map(({ column }) => sql.ref<OrderValue>(column).as(bareColumn(column)));
  const [edge] = await rows
    .clearSelect()
    .select(columns as never)
    .offset(mostExamined - 1)
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
