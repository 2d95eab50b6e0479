import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "../errors.ts";
import { isColumn, type Listing } from "./listing.ts";

/** One column of an order. The last one of an order is unique, so that no two rows tie. */
export interface OrderColumn {
  readonly column: string;
  readonly descending: boolean;
}

const term = /^([A-Za-z_][A-Za-z0-9_.]*)(?:\s+(asc|desc))?$/i;

/** The columns that "create_time desc, name" stands for, the unique key last. Fails with ORDER_INVALID. */
export function orderOf(listing: Listing, orderBy: string): OrderColumn[] {
  const asked = (orderBy.trim() || listing.defaultOrder).split(",").map((part) => {
    const [, name = "", direction = "asc"] = term.exec(part.trim()) ?? [];
    const field = Object.hasOwn(listing.fields, name) ? listing.fields[name] : undefined;
    if (!field || !isColumn(field) || !field.sortable) throw orderInvalid(listing, part.trim());
    return { column: ("sortedBy" in field && field.sortedBy) || field.column, descending: direction.toLowerCase() === "desc" };
  });
  if (new Set(asked.map(({ column }) => column)).size < asked.length) throw orderInvalid(listing, orderBy, "a field is named twice; ");
  const key = asked.findIndex(({ column }) => column === listing.key);
  if (key >= 0) return asked.slice(0, key + 1);
  // The key follows its neighbour's direction, so that one index serves both, read either way.
  return [...asked, { column: listing.key, descending: asked.at(-1)?.descending ?? false }];
}

function orderInvalid({ fields }: Listing, part: string, problem = ""): SignalboxError {
  const sortable = Object.entries(fields).flatMap(([name, field]) => (isColumn(field) && field.sortable ? [name] : []));
  const expected = `${problem}each part is a field and asc or desc, such as "${sortable[0]} desc"; the fields are ${sortable.join(", ")}`;
  return new SignalboxError(Reason.ORDER_INVALID, `cannot sort by "${part}": ${expected}`, {
    violations: [{ field: "order_by", description: expected, rule: "order" }],
  });
}
