import { sql } from "kysely";
import type { Condition } from "../filter/condition.ts";
import type { Dialect } from "./dialect/dialect.ts";
import type { OrderColumn } from "./order.ts";
import type { OrderValue } from "./page-token.ts";

/**
 * The rows after the one with these values, or those until it, itself among them. Where all columns point the same way it is
 * said once, as the engine reads a range of an index for it: said twice, PostgreSQL expects far fewer rows than there are.
 */
export function side(
  { rowRanges }: Pick<Dialect, "rowRanges">,
  order: readonly OrderColumn[],
  values: readonly OrderValue[],
  which: "after" | "until",
): Condition {
  const sign = ({ descending }: OrderColumn) => (descending === (which === "after") ? ("<" as const) : (">" as const));
  const orEqual = which === "until" ? ("=" as const) : ("" as const);
  const [first] = order as [OrderColumn];
  const mixed = order.some(({ descending }) => descending !== first.descending);
  if (rowRanges && !mixed) {
    const columns = sql.join(order.map(({ column }) => sql.ref(column)));
    return () => sql<boolean>`(${columns}) ${sql.raw(sign(first) + orEqual)} (${sql.join(values)})`;
  }
  return (row) => {
    const spelled = row.or(
      order.map((moved, i) => {
        const compared = `${sign(moved)}${i === order.length - 1 ? orEqual : ""}` as const;
        return row.and([...order.slice(0, i).map(({ column }, j) => row(column, "=", values[j])), row(moved.column, compared, values[i])]);
      }),
    );
    return mixed ? row.and([row(first.column, `${sign(first)}=` as const, values[0]), spelled]) : spelled;
  };
}
