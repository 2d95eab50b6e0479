import type { Kysely } from "kysely";
import type { Micros } from "../clock.ts";
import type { Id } from "../ids.ts";

// biome-ignore lint/suspicious/noExplicitAny: any service's database, whatever else it holds
type Db = Kysely<any>;

/** Who sets a part, and when; and whether that is with the creation of its row. */
interface Setting {
  readonly by: Id;
  readonly now: Micros;
  readonly created: boolean;
}

/** What belongs to a row and lies in tables of its own, such as its labels, in the form in which requests have it. */
export interface Part<V> {
  /** What a row has without any. */
  readonly none: V;
  /** That of each of these rows that has some, by the id in hexadecimal. */
  readonly of: (db: Db, workspaceId: Id, ids: readonly Id[]) => Promise<ReadonlyMap<string, V>>;
  /** The same for pages and batches, where these leave something out. */
  readonly listed?: Part<V>["of"];
  readonly same: (a: V, b: V) => boolean;
  readonly set: (trx: Db, workspaceId: Id, id: Id, value: V, setting: Setting) => Promise<void>;
  readonly drop: (trx: Db, workspaceId: Id, id: Id) => Promise<void>;
}

/** A part that requests leave alone: it is changed by calls of its own, and only read and dropped here. */
export const readPart = <V>({
  none,
  of,
  drop = async () => {},
}: Pick<Part<V>, "none" | "of"> & Partial<Pick<Part<V>, "drop">>): Part<V> => ({
  ...{ none, of, drop },
  same: () => true,
  set: async () => {},
});

/** By the field in which requests have them. */
// biome-ignore lint/suspicious/noExplicitAny: each has a form of its own, which PartValues tells
export type Parts = Readonly<Record<string, Part<any>>>;
export type PartValues<P extends Parts> = { readonly [K in keyof P]: P[K] extends Part<infer V> ? V : never };

/** Rows with what belongs to them: a statement for each kind of part, however many rows. */
export async function withParts<R extends { readonly id: Id }, P extends Parts>(
  db: Db,
  parts: P,
  workspaceId: Id,
  rows: readonly R[],
  as: "whole" | "listed" = "whole",
): Promise<(R & PartValues<P>)[]> {
  const ids = rows.map(({ id }) => id);
  const whole = rows.map((row) => ({ ...row }) as R & Record<string, unknown>);
  if (rows.length === 0) return [];
  for (const [field, part] of Object.entries(parts)) {
    const read = (as === "listed" && part.listed) || part.of;
    const values = await read(db, workspaceId, ids);
    for (const row of whole) Object.assign(row, { [field]: values.get(row.id.toString("hex")) ?? part.none });
  }
  return whole as unknown as (R & PartValues<P>)[];
}
