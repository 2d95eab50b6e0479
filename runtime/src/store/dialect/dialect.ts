import type {
  ColumnDataType,
  Driver,
  Expression,
  InsertQueryBuilder,
  InsertResult,
  Kysely,
  Dialect as KyselyDialect,
  RawBuilder,
  SelectQueryBuilder,
  SqlBool,
  TransactionSettings,
} from "kysely";

import type { Bulk } from "./bulk.ts";

export type DialectName = "postgres" | "mysql" | "sqlite";

/** Every difference between the databases that a store runs on. Nothing outside this folder asks which one it is. */
export interface Dialect {
  readonly name: DialectName;
  /** Column types by meaning, for migrations. Frozen: a change would rewrite history. */
  readonly types: ColumnTypes;
  /** How statements are spelled; enough to compile them without a database. */
  readonly grammar: Omit<KyselyDialect, "createDriver">;
  /** What every transaction begins with, so that all of them run at READ COMMITTED or better. */
  readonly transaction: TransactionSettings;
  /** Whether a migration is rolled back as a whole when one of its statements fails. */
  readonly transactionalDdl: boolean;
  /** Whether an index that leaves rows out is read for every query that asks for none of those, however its values are given. */
  readonly partialIndexes: boolean;
  dropIndex(db: Kysely<unknown>, table: string, index: string): Promise<void>;
  /** A value as a schema statement says it, for a column of this type. */
  constant(type: keyof ColumnTypes, value: Constant): RawBuilder<unknown>;
  /** Connects lazily to the database of a URL. */
  driver(url: string, options: { readonly poolSize: number }): Driver;
  /** Makes an insert leave the existing row alone where `key` is taken, or overwrite the given columns of it. */
  onConflict<DB, TB extends keyof DB>(
    insert: InsertQueryBuilder<DB, TB, InsertResult>,
    key: readonly string[],
    overwrite: readonly string[],
  ): InsertQueryBuilder<DB, TB, InsertResult>;
  /**
   * Whether statements of a transaction may be sent before those in front of them are answered: only where one that fails makes
   * all that follow fail. Elsewhere those after a deadlock would be written without the transaction.
   */
  readonly pipelines: boolean;
  /** Whether a comparison of rows, `(a, b) < (1, 2)`, is answered by a range of an index. */
  readonly rowRanges: boolean;
  /** Statements that write many rows. */
  readonly bulk: Bulk;
  /**
   * Makes a query read its first table by this index, where the engine would
   * rather read past all rows before a key-set page; elsewhere the query as it is.
   */
  readBy<DB, TB extends keyof DB, R>(query: SelectQueryBuilder<DB, TB, R>, index: string | undefined): SelectQueryBuilder<DB, TB, R>;
  /** Compares a text byte by byte, whatever its column is sorted by; an index of a column of names is still read by. */
  compares(column: Expression<unknown>, operator: Ordering, text: string): RawBuilder<SqlBool>;
  /** Whether a text begins so, ends so, or has this anywhere in it, likewise. */
  within(column: Expression<unknown>, text: string, match: "prefix" | "suffix" | "part"): RawBuilder<SqlBool>;
  /** The indexes of a table: their columns in order, index after index. */
  indexColumns(table: string): RawBuilder<{ readonly name: string /** 1 for unique. */; readonly distinct: number; readonly part: string }>;
  /** The database's clock in microseconds since 1970: the one clock that two machines agree on. Steady within a statement. */
  now(): RawBuilder<number>;
  /** What a driver's error means, if it means anything to a caller. */
  explain(error: unknown): Fault | undefined;
  /** The error's number or code, to be logged: it never holds values, which the text of an error may. */
  codeOf(error: unknown): string | undefined;
}

export type Ordering = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** What a column can have for a default. */
export type Constant = string | number | Buffer;

type DataTypeExpression = ColumnDataType | Expression<unknown>;

export interface ColumnTypes {
  /** A UUID, 16 bytes. */
  readonly id: DataTypeExpression;
  /** At most 255 characters, compared and sorted byte by byte. */
  readonly name: DataTypeExpression;
  /** Text of any length. */
  readonly text: DataTypeExpression;
  /** A JSON document, kept byte for byte; SQL never looks into it. */
  readonly document: DataTypeExpression;
  readonly bytes: DataTypeExpression;
  /** A SHA-256, 32 bytes. */
  readonly hash: DataTypeExpression;
  /** Microseconds since 1970 UTC. */
  readonly time: DataTypeExpression;
  /** A 64-bit integer; every value must be a safe JavaScript number. */
  readonly int: DataTypeExpression;
  readonly float: DataTypeExpression;
  /** 0 or 1. */
  readonly flag: DataTypeExpression;
  /** A small integer: the number of an enum's value. */
  readonly enum: DataTypeExpression;
}

export type Fault =
  /** A unique key is taken: the name of its index, or "primary". */
  | { readonly kind: "taken"; readonly key: string }
  /** A deadlock or a lock that was not got in time: the same again may succeed. */
  | { readonly kind: "retry" }
  /** The database cannot be reached, is going down or takes no more connections. */
  | { readonly kind: "unavailable" }
  /** An index that a statement is told to read by is not there any more. */
  | { readonly kind: "index gone" }
  /** A schema statement whose effect is already there. */
  | { readonly kind: "present" };

const network = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** Whether an error's code says that the network or the other side failed, the same for every client over TCP. */
export const isNetworkCode = (code: unknown): boolean => typeof code === "string" && network.has(code);
