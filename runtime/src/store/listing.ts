import type { DescEnum } from "@bufbuild/protobuf";
import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import type { Id } from "../ids.ts";

// biome-ignore lint/suspicious/noExplicitAny: a listing is declared apart from the tables that its query reads
export type Row = ExpressionBuilder<any, any>;

/**
 * A field that callers may filter by, and sort by if it is `sortable`: then its column
 * is never null, and the rows of the query have it under its own name. `index` names the
 * index of the query's first table that serves an order beginning with the field.
 */
export type ListField = ColumnField | EnumField | IdField | MemberField;

interface ColumnField {
  readonly kind: "text" | "int" | "float" | "time" | "flag";
  /** As queries spell it: "createTime" or "runs_run.createTime". */
  readonly column: string;
  readonly sortable?: boolean;
  readonly index?: string;
}

interface EnumField {
  readonly kind: "enum";
  readonly column: string;
  /** Values are given by name, with or without the prefix they share. */
  readonly enum: DescEnum;
  readonly sortable?: boolean;
  readonly index?: string;
}

interface IdField {
  readonly kind: "id";
  readonly column: string;
  readonly sortable?: boolean;
  readonly index?: string;
  /**
   * Finds the ids of what is called so, or begins so. More than 1,000 are
   * refused, so it may stop at 1,001. Without it a value must be a UUID.
   */
  readonly resolve?: (name: { readonly text: string; readonly prefix: boolean }) => Promise<readonly Id[]>;
}

/** A collection, such as tags in a table of their own: asked with `tag:nightly`. */
interface MemberField {
  readonly kind: "member";
  readonly has: (row: Row, member: string) => Expression<SqlBool>;
}

/** What callers may ask of a List call. Whatever is not named here cannot reach SQL. */
export interface Listing {
  /** By the name that callers know, in snake_case: "create_time". */
  readonly fields: Readonly<Record<string, ListField>>;
  /** The column of the unique key: the last word in every order, so that no two rows tie. */
  readonly key: string;
  /** "create_time desc" */
  readonly defaultOrder: string;
}
