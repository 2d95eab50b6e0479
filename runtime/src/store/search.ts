import { type SelectQueryBuilder, sql } from "kysely";
import { type Clock, systemClock } from "../clock.ts";
import { type Bound, bindFilter, type Condition } from "../filter/condition.ts";
import type { Id } from "../ids.ts";
import type { Dialect } from "./dialect/dialect.ts";
import type { Index, IndexesOf } from "./indexes.ts";
import type { Listing } from "./listing.ts";
import { type OrderColumn, orderOf } from "./order.ts";
import { type Plan, planOf } from "./plan.ts";

/** What is asked of a list. */
export interface Asked {
  readonly listing: Listing;
  readonly filter: string;
  readonly order: readonly OrderColumn[];
}

export interface Searching {
  readonly dialect: Dialect;
  readonly clock?: Clock | undefined;
}

export interface Search<Q> {
  readonly plan: Plan;
  readonly conditions: readonly Bound[];
  /** The query with all that the filter asks. */
  readonly matching: Q;
}

/** How the rows that a filter leaves of a query are found. Fails with FILTER_INVALID or TOO_MANY_MATCHES. */
export async function searched<DB, TB extends keyof DB, R>(
  query: SelectQueryBuilder<DB, TB, R>,
  { listing, filter, order }: Asked,
  { dialect, clock = systemClock }: Searching,
  indexes: readonly Index[],
): Promise<Search<SelectQueryBuilder<DB, TB, R>>> {
  const conditions = await bindFilter(listing, filter, { dialect, clock });
  const find = async (where: Condition | undefined, most: number) => {
    const some = where ? query.where(where as never) : query;
    const ids = some
      .clearSelect()
      .select(sql<Id>`${sql.ref(listing.key)}`.as("id"))
      .limit(most);
    return ((await ids.execute()) as unknown as { readonly id: Id }[]).map(({ id }) => id);
  };
  const plan = await planOf({ listing, indexes, filter: conditions, order, find });
  return { plan, conditions, matching: conditions.reduce((narrowed, { where }) => narrowed.where(where as never), query) };
}

/**
 * All rows that a filter leaves, for those who count them: `matching`, and `examined`, those that a database may have to look at for that.
 * Fails with FILTER_INVALID or TOO_MANY_MATCHES.
 */
export async function allMatching<DB, TB extends keyof DB, R>(
  query: SelectQueryBuilder<DB, TB, R>,
  listing: Listing,
  filter: string,
  { indexesOf, ...context }: Searching & { readonly indexesOf: IndexesOf },
) {
  const order = orderOf(listing, "");
  const { plan, conditions, matching } = await searched(query, { listing, filter, order }, context, await indexesOf(listing.table));
  if (plan.by === "ids") {
    const found = matching.where((row) => row(sql.ref(listing.key), "in", plan.ids));
    return { matching: found, examined: found };
  }
  if (plan.by === "list" || (plan.by === "index" && plan.whole)) return { matching, examined: matching };
  const along = conditions.filter((part) => part.kind === "column" && part.column === order[0]?.column);
  return { matching, examined: along.reduce((narrowed, { where }) => narrowed.where(where as never), query) };
}
