import type { DescEnum } from "@bufbuild/protobuf";
import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import type { Condition } from "../filter/condition.ts";
import type { Id } from "../ids.ts";
import type { OrderValue } from "./page-token.ts";

// biome-ignore lint/suspicious/noExplicitAny: a listing is declared apart from the tables that its query reads
export type Row = ExpressionBuilder<any, any>;

/**
 * A field that callers may filter by, and sort by if it is `sortable`: then its column
 * is never null, and the rows of the query have it under its own name. An index has the list in that
 * order, or only those are sorted that a filter leaves, or that a short list has.
 */
export type ListField = ColumnField | EnumField | IdField | MemberField | FactField;

interface InColumn {
  /** As queries spell it: "createTime" or "runs_run.createTime". */
  readonly column: string;
  readonly sortable?: boolean;
  /** Where it is the column of another table, which the query does not join. It is not sortable then. */
  readonly beside?: Beside;
}

/** A table that has rows which belong to those of the list. */
export interface Beside {
  /** Whether a row of the list has a row there that fulfils a condition. */
  readonly has: (row: Row, where: Condition) => Expression<SqlBool>;
  /** Finds what has such a row by an index; where there is more than `most`, that many and one. Answers undefined where there may be more. */
  readonly having: (where: Condition, most: number) => Promise<readonly Id[] | undefined>;
  /** Follows an index that has what has such a row, with one value, in the order of creation. */
  readonly walk?: (where: Condition, along: Along) => Promise<readonly Place[]>;
}

/** What is so or not, and no column says. */
export interface FactField {
  readonly kind: "fact";
  readonly is: (row: Row) => Expression<SqlBool>;
  /** Finds that of which it is so, likewise. */
  readonly having: (most: number) => Promise<readonly Id[] | undefined>;
}

interface ColumnField extends InColumn {
  readonly kind: "text" | "int" | "float" | "time" | "flag";
  /** How texts are found by their words: `name:"pen tra"`. */
  readonly words?: MemberField;
  /** The column that has rows in the same order, where that is another: ids that are made when rows are. */
  readonly sortedBy?: string;
}

interface EnumField extends InColumn {
  readonly kind: "enum";
  /** Values are given by name, with or without the prefix they share. */
  readonly enum: DescEnum;
}

interface IdField extends InColumn {
  readonly kind: "id";
  /** Columns of the list that have one value among all rows with the same id: what is of a pipeline is of its project. */
  readonly implies?: readonly string[];
  /**
   * Finds the ids of what is called so, or begins so. More than 1,000 are
   * refused, so it may stop at 1,001. Without it a value must be a UUID.
   */
  readonly resolve?: (name: { readonly text: string; readonly prefix: boolean }) => Promise<readonly Id[]>;
  /** Whether ids stand for what the column refers to by way of `resolve`, as names do, and are not in the column. */
  readonly refers?: boolean;
}

/**
 * A collection in a table of its own, such as tags, asked with `tags:nightly`, and with `tags:*` for any.
 * Where its members have values, these are asked by their names: `metadata.accuracy > 0.9`.
 */
export interface MemberField {
  readonly kind: "member";
  /** Whether members have values; "numbers" where these are nothing else. */
  readonly valued?: boolean | "numbers";
  readonly has: (row: Row, member: Member) => Expression<SqlBool>;
  /**
   * Finds what has such a member by an index; where there is more than `most`, that many and
   * one. Answers undefined where there may be more, or the index does not tell what is asked.
   */
  readonly having?: (member: Member, most: number) => Promise<readonly Id[] | undefined>;
  /** Follows an index that has what has a member of this name, in the order of creation. */
  readonly walk?: (name: string, along: Along) => Promise<readonly Place[]>;
}

/** Whether a field is one of those that have a column. */
export const isColumn = (field: ListField): field is Exclude<ListField, MemberField | FactField> =>
  field.kind !== "member" && field.kind !== "fact";

/** Where a row stands in the order of creation. */
export interface Place {
  readonly time: number;
  readonly id: Id;
}

/** Which stretch of that order is asked for: after a row by its time and id, and at most so many rows. */
export interface Along {
  readonly descending: boolean;
  readonly from: readonly OrderValue[] | undefined;
  readonly most: number;
}

/** What is asked of a collection. */
export interface Member {
  /** undefined stands for any. */
  readonly name: string | undefined;
  /** Whether the name stands apart, as in labels."a=b":*, and nothing else can be in it. */
  readonly apart?: boolean;
  /** What is asked of its value. */
  readonly value?: {
    /** Which values are asked for: one, a range, all but some, or those that a search through each finds. */
    readonly asks: "one" | "some" | "rest" | "search";
    /** Compares a column that holds values as text. */
    readonly asText: (column: string) => Condition;
    /** Compares a column that holds numbers; absent where the value that is asked for is none. */
    readonly asNumber?: (column: string) => Condition;
  };
}

/** What callers may ask of a List call. Whatever is not named here cannot reach SQL. */
export interface Listing {
  /** The table that is listed: the first of the query. What its indexes serve is asked of the database. */
  readonly table: string;
  /** The columns of which the query fixes the value, such as the workspace's. */
  readonly fixed: readonly string[];
  /** Whether the query leaves out rows beside: those that the caller may not see. */
  readonly picks?: boolean;
  /** By the name that callers know, in snake_case: "create_time". */
  readonly fields: Readonly<Record<string, ListField>>;
  /** The column of the unique key: the last word in every order, so that no two rows tie. */
  readonly key: string;
  /** "create_time desc" */
  readonly defaultOrder: string;
}

/** A column's own name, where a query spells it with that of its table. */
export const bareColumn = (column: string): string => column.slice(column.lastIndexOf(".") + 1);
