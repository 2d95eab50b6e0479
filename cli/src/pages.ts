import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { type Context, jsonText } from "./context.ts";
import { type Column, tableWriter } from "./output/table.ts";

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken: string;
}

/** What a list call is asked page by page. */
export interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

/** Asks for one page. */
export type FetchPage<T> = (page: PageRequest) => Promise<Page<T>>;

/** The options of every list command. */
export interface ListOptions {
  readonly filter?: string;
  readonly order?: string;
  readonly limit?: number;
}

// The first rows are to be seen at once; after them fewer, larger pages are faster.
const firstPage = 50;
const laterPage = 500;

/** Walks a list page by page, at most `limit` items in all. */
async function* pages<T>(fetch: FetchPage<T>, limit = Number.POSITIVE_INFINITY): AsyncGenerator<readonly T[]> {
  let left = limit;
  let pageToken = "";
  do {
    const page = await fetch({ pageSize: Math.min(left, pageToken ? laterPage : firstPage), pageToken });
    const items = page.items.slice(0, left);
    yield items;
    left -= items.length;
    pageToken = page.nextPageToken;
  } while (pageToken && left > 0);
}

/** All items of a list. */
export async function allItems<T>(fetch: FetchPage<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages(fetch)) items.push(...page);
  return items;
}

/** How a list is shown. */
export interface ListView<S extends DescMessage> {
  readonly schema: S;
  readonly columns: readonly Column<MessageShape<S>>[];
  readonly fetch: FetchPage<MessageShape<S>>;
  /** What to say where there is nothing: "no runs". */
  readonly nothing: string;
}

/** Prints a list as it arrives: a table, or with --json one JSON array. */
export async function printList<S extends DescMessage>(context: Context, { limit }: ListOptions, view: ListView<S>): Promise<void> {
  const { print, note, paint, options } = context;
  const table = tableWriter(view.columns, paint);
  let count = 0;
  for await (const items of pages(view.fetch, limit)) {
    if (options.json) {
      for (const [index, item] of items.entries()) print((count + index === 0 ? "[" : ",") + jsonText(view.schema, item));
    } else if (items.length > 0) print(...table.rows(items));
    count += items.length;
  }
  if (options.json) print(count === 0 ? "[]" : "]");
  else if (count === 0) note(view.nothing);
}
