import { sql } from "kysely";
import type { Condition } from "../filter/condition.ts";
import type { OrderColumn } from "./order.ts";
import type { OrderValue } from "./page-token.ts";

/**
 * The rows after the one with these values, or those until it, itself among them. It is said twice where all columns
 * point the same way: PostgreSQL and SQLite read a range of the index for the row comparison,
 * MySQL for the spelled-out form, and each takes the other as a mere check.
 */
export function side(order: readonly OrderColumn[], values: readonly OrderValue[], which: "after" | "until"): Condition {
  const sign = ({ descending }: OrderColumn) => (descending === (which === "after") ? ("<" as const) : (">" as const));
  const orEqual = which === "until" ? ("=" as const) : ("" as const);
  return (row) => {
    const spelled = row.or(
      order.map((moved, i) => {
        const compared = `${sign(moved)}${i === order.length - 1 ? orEqual : ""}` as const;
        return row.and([...order.slice(0, i).map(({ column }, j) => row(column, "=", values[j])), row(moved.column, compared, values[i])]);
      }),
    );
    const [first] = order as [OrderColumn];
    if (order.some(({ descending }) => descending !== first.descending)) {
      return row.and([row(first.column, `${sign(first)}=` as const, values[0]), spelled]);
    }
    const columns = sql.join(order.map(({ column }) => sql.ref(column)));
    return row.and([sql<boolean>`(${columns}) ${sql.raw(sign(first) + orEqual)} (${sql.join(values)})`, spelled]);
  };
}
