import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "../errors.ts";
import type { Bound, BoundColumn, Condition } from "../filter/condition.ts";
import type { Id } from "../ids.ts";
import type { Index } from "./indexes.ts";
import { type Along, bareColumn, isColumn, type Listing, type Place } from "./listing.ts";
import type { OrderColumn } from "./order.ts";

/** How a page is read: along an index that has the list in its order, or out of few rows that an index told. */
export type Plan =
  | {
      readonly by: "index";
      readonly index: string /** Whether every row of the index's range fulfils the filter. */;
      readonly whole: boolean;
    }
  | { readonly by: "ids"; readonly ids: readonly Id[] }
  /** In the order of creation along those that have some member, a portion for each page. */
  | { readonly by: "member"; readonly walk: (from: Along["from"]) => Promise<readonly Place[]> }
  /** The list is so short that it may be read as it is. */
  | { readonly by: "list" };

export interface Planning {
  readonly listing: Listing;
  readonly indexes: readonly Index[];
  readonly filter: readonly Bound[];
  readonly order: readonly OrderColumn[];
  /** The ids of the rows of the list that fulfil a condition, in any order; at most so many. */
  readonly find: (where: Condition | undefined, most: number) => Promise<readonly Id[]>;
}

/** So many rows are cheaper to be read and sorted than to be met one by one among all. */
const few = 2_000;
/** So many of those that have a member are looked at for a page: of a longer list of ids MariaDB makes a table, and reads that. */
export const mostHolders = 900;
/** A list of no more may be asked for what no index tells. */
const short = 10_000;

/**
 * Chooses how to read a page such that its cost does not grow with the list. Fails with TOO_MANY_MATCHES
 * where the list is long and no index tells what is asked: the message names the field, and fields that narrow it.
 */
export async function planOf(planning: Planning): Promise<Plan> {
  const { filter } = planning;
  const walk = walkOf(planning);
  const covered = (column: string) => walk?.covers.has(bareColumn(column)) === true;
  const { fixed, picks = false } = planning.listing;
  const whole =
    !picks &&
    fixed.every(covered) &&
    filter.every((part) => part.kind === "column" && (part.asks === "one" || part.asks === "some") && covered(part.column));
  if (walk && whole) return { by: "index", index: walk.index, whole: true };
  const blind = filter.flatMap((part) => blindIn(part, planning));
  const found = await Promise.all(filter.map((part) => narrowed(part, planning)));
  const ids = found.flatMap((some) => (some ? [some] : [])).toSorted((a, b) => a.length - b.length)[0];
  if (ids) return { by: "ids", ids };
  const member = memberWalk(planning, walk);
  if (member) return { by: "member", walk: member };
  if (walk && blind.length === 0) return { by: "index", index: walk.index, whole: false };
  if ((await planning.find(undefined, short + 1)).length <= short) return { by: "list" };
  throw tooLong(blind[0] ?? `the order by ${planning.order[0]?.column}`, planning);
}

const within = (some: ReadonlySet<string>, all: ReadonlySet<string>) => [...some].every((each) => all.has(each));

interface Walk {
  readonly index: string;
  /** The columns whose conditions bound the range of the index that is read. */
  readonly covers: ReadonlySet<string>;
  /** Of two that serve, that with the greater one reads less, or has nothing left to sort. */
  readonly rank: number;
}

/** The index that has the list in its order behind as many of the fixed values and the filter's as can be. */
function walkOf({ indexes, filter, order, listing }: Planning): Walk | undefined {
  const [first] = order as [OrderColumn];
  if (order.some(({ descending }) => descending !== first.descending)) return undefined;
  const single = filter.flatMap((part) => (part.kind === "column" && part.asks === "one" ? [part] : []));
  const given = new Set([...listing.fixed, ...single.map(({ column }) => column)].map(bareColumn));
  const wanted = order.map(({ column }) => bareColumn(column));
  let best: Walk | undefined;
  for (const { name, unique, columns } of indexes) {
    const sorted = columns.indexOf(wanted[0] as string);
    const behind = new Set(columns.slice(0, sorted));
    const matched = wanted.findIndex((column, i) => columns[sorted + i] !== column);
    // Of a unique index few rows are equal in all columns but the last: they are sorted where they are met.
    const serves = matched === -1 || (unique && matched === wanted.length - 1 && columns.length - sorted - matched <= 1);
    if (sorted < 0 || !serves || !within(behind, given)) continue;
    const implied = new Set(single.flatMap(({ column, implies = [] }) => (behind.has(bareColumn(column)) ? implies : [])));
    const covers = new Set([...behind, ...implied, ...wanted.slice(0, 1)]);
    const rank = 2 * covers.size + Number(matched === -1);
    if (rank > (best?.rank ?? 0)) best = { index: name, covers, rank };
  }
  return best;
}

/** Those with some member, in the order asked for: unless an index of the list itself bounds what is read by the filter. */
function memberWalk({ filter, order, listing }: Planning, walk: Walk | undefined) {
  const [first, second, ...more] = order;
  const asCreated = first && bareColumn(first.column) === "createTime" && second?.column === listing.key && more.length === 0;
  // What bounds a list more narrowly than a project does is the better way.
  const bounds = new Set(["workspaceId", "projectId", "createTime"]);
  const fixed = new Set(listing.fixed.map(bareColumn));
  if (
    !asCreated ||
    !within(fixed, bounds) ||
    first.descending !== second.descending ||
    (walk && !within(walk.covers, new Set([...fixed, "createTime"])))
  )
    return undefined;
  for (const part of filter) {
    const along = part.kind === "member" ? part.walk : undefined;
    if (along) return (from: Along["from"]) => along({ descending: first.descending, from, most: mostHolders });
  }
  return undefined;
}

/** Whether an index tells the rows of the list that have some values of a column: behind what is fixed, or among it. */
function told({ column, implies = [] }: Pick<BoundColumn, "column" | "implies">, { indexes, listing: { fixed } }: Planning): boolean {
  const asked = new Set([...fixed.filter((each) => !implies.includes(each)), column].map(bareColumn));
  return indexes.some(({ columns }) => within(asked, new Set(columns.slice(0, asked.size))));
}

/** The fields of a filter that no index tells. */
function blindIn(part: Bound, planning: Planning): string[] {
  switch (part.kind) {
    case "column":
      return part.asks !== "search" && told(part, planning) ? [] : [part.comparison.path.join(".")];
    case "member":
      return part.having ? [] : [part.comparison.path.join(".")];
    case "not":
      return blindIn(part.of, planning);
    default:
      return part.of.flatMap((each) => blindIn(each, planning));
  }
}

/** The ids of what fulfils a part of the filter, and perhaps of more, where an index tells that they are few. */
async function narrowed(part: Bound, planning: Planning): Promise<readonly Id[] | undefined> {
  const fewOf = (ids: readonly Id[] | undefined) => (ids && ids.length <= few ? ids : undefined);
  switch (part.kind) {
    case "column":
      return (part.asks === "one" || part.asks === "some") && told(part, planning)
        ? fewOf(await planning.find(part.where, few + 1))
        : undefined;
    case "member":
      return fewOf(await part.having?.(few));
    case "not":
      return undefined;
    case "and": {
      const found = await Promise.all(part.of.map((each) => narrowed(each, planning)));
      return found.flatMap((some) => (some ? [some] : [])).toSorted((a, b) => a.length - b.length)[0];
    }
    case "or": {
      const found = await Promise.all(part.of.map((each) => narrowed(each, planning)));
      return found.every((some) => some !== undefined) ? fewOf(found.flat()) : undefined;
    }
  }
}

function tooLong(what: string, planning: Planning): SignalboxError {
  const { fields } = planning.listing;
  const narrowing = Object.entries(fields).flatMap(([name, field]) =>
    (isColumn(field) && !field.beside ? told(field, planning) : field.kind !== "member" || field.having) ? [name] : [],
  );
  return new SignalboxError(
    Reason.TOO_MANY_MATCHES,
    `no index tells ${what}, and the list has more than ${short}: narrow it as well to at most ${few} by one of ${narrowing.join(", ")}`,
    { metadata: { field: what, limit: String(short) } },
  );
}
