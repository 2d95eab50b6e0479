import type { DescService } from "@bufbuild/protobuf";
import type { Kysely } from "kysely";
import type { Condition } from "../filter/condition.ts";
import type { Id } from "../ids.ts";
import type { Call } from "../rpc/call.ts";
import type { ListField } from "../store/listing.ts";
import { visibleWhere } from "../store/visible.ts";
import type { Changeable } from "./change.ts";
import type { ListQuery } from "./lists.ts";
import type { Parts, PartValues } from "./parts.ts";
import type { ResourceRow } from "./row.ts";
import type { OwnFields, Plural, RequestOf, ResourceOf } from "./standard-methods.ts";

/** Which rows a list may have. */
export type Bounds = Pick<ListQuery, "workspaceId" | "projectId" | "visible">;

/** Where the rows of resources lie, and so who sees them. Declared once in a service. */
export interface Scope<Tables> {
  /** The rows of a list that the caller may see. */
  readonly rows: (table: string, bounds: Bounds) => Condition;
  /** Fails with NOT_FOUND where nothing is created in a project any more. Absent where rows lie in none. */
  readonly enter?: (trx: Kysely<Tables>, workspaceId: Id, projectId: Id) => Promise<void>;
  /** What lists are asked by beside the id, owner and times. */
  readonly fields?: (table: string, query: ListQuery) => Readonly<Record<string, ListField>>;
}

/** Where what lies in no project lies: everybody sees what a role of the workspace shows, and what is theirs. */
export const inWorkspace = {
  rows:
    (table: string, { workspaceId, visible }: Bounds): Condition =>
    (row) =>
      row.and([row(`${table}.workspaceId`, "=", workspaceId), visibleWhere(visible, { owner: `${table}.ownerId` })(row)]),
};

type WithoutColumn<F> = F extends { readonly column: string } ? Omit<F, "column"> & { readonly column?: string } : F;

/** A field of a list; its column is that of its name unless told. */
export type StandardField = WithoutColumn<ListField>;

/** The fields of an update that are columns as they are. */
type Plain<U, R> = { [F in keyof U & keyof R]: U[F] extends R[F] ? F : never }[keyof U & keyof R];

/** Which fields an update may change; where they are not columns, documents or parts themselves, `patch` says what to write. */
type Changes<U, R, Apart> = [U] extends [never]
  ? { readonly changes?: undefined; readonly patch?: undefined }
  :
      | { readonly changes: readonly (Plain<U, R> | (Apart & keyof U))[]; readonly patch?: undefined }
      | { readonly changes: readonly (keyof U)[]; readonly patch: (asked: Partial<Omit<U, Apart & keyof U>>, before: R) => Partial<R> };

/** What a list can be narrowed to, such as the versions of one model. */
interface Within<R, L> {
  /** The field of its request that names it, by id or name. */
  readonly field: keyof L & string;
  readonly column: keyof R & string;
  /** Undefined where the request names none, all zeros where there is no such thing. */
  readonly find: (query: ListQuery, reference: string) => Promise<Id | undefined>;
}

/** The row with what belongs to it. */
export type Whole<Tables, T extends keyof Tables, P extends Parts> = Tables[T] & PartValues<P>;

/** What is a resource's own; what all have in common is not said. See docs/entities.md. */
export type Standard<
  Tables,
  T extends Changeable<Tables>,
  S extends DescService,
  N extends string,
  P extends Parts,
  J extends string,
  Found,
> =
  // By its parts and documents alone it is known which there are.
  Declaration<Tables, T, S, N, P, J, Found> & Changes<RequestOf<S, `update${N}`>, Tables[T], keyof NoInfer<P> | NoInfer<J>>;

interface Declaration<
  Tables,
  T extends Changeable<Tables>,
  S extends DescService,
  N extends string,
  P extends Parts,
  J extends string,
  Found,
> {
  readonly service: S;
  /** As the contract calls it: "Model". */
  readonly name: N;
  readonly table: T;
  readonly scope: Scope<Tables>;
  /** What belongs to a row, by the field in which requests have it. */
  readonly parts?: P;
  /** The fields that are JSON documents, and whose columns have their texts; empty for none. */
  readonly documents?: readonly J[];
  /** The project that audit events tell, where it is not the one that the row lies in. */
  readonly projectOf?: (row: Tables[T]) => Id;
  /**
   * A create with what it names found, by its id, and whatever else of that `row` needs. Fails where it is not there, or not
   * the caller's. A repeat is not asked. Stands before `row`.
   */
  readonly found?: (request: RequestOf<S, `create${N}`>, call: Call, projectId: Id) => Promise<RequestOf<S, `create${N}`> & Found>;
  /** The columns of a new row beside those of every resource. */
  readonly row: (request: RequestOf<S, `create${N}`> & Found) => Omit<Tables[T], keyof ResourceRow | "projectId" | keyof P | NoInfer<J>>;
  /** Its fields beside those of every resource. */
  readonly message: (row: Whole<Tables, T, P>) => Omit<OwnFields<S, N>, NoInfer<J>>;
  /** What lists are asked by, beside what all lists are. */
  readonly fields: (query: ListQuery) => Readonly<Record<string, StandardField>>;
  /** What a list has the rows of, where its request names it. */
  readonly within?: Within<Tables[T], RequestOf<S, `list${Plural<N>}`>>;
  /** Which rows a list has, where not all. */
  readonly listed?: (request: RequestOf<S, `list${Plural<N>}`>) => Condition;
  /** Fails with FIELD_INVALID for what is no name; without it nothing is that is empty, or looks like an id. */
  readonly checkName?: (name: string) => void;
  /** Fails where what an update names is not there, or not the caller's. */
  readonly changing?: (asked: Partial<RequestOf<S, `update${N}`>>, call: Call) => Promise<void>;
  /** Happens with the creation, before the row is there; may resolve with columns that are known only then, such as a number. */
  readonly adding?: (trx: Kysely<Tables>, row: Whole<Tables, T, P>) => Promise<Partial<Tables[T]>> | Promise<void>;
  /** Happens with the creation, once the row is there: keeps what was found of the request, and resolves with the parts that are. */
  readonly added?: (
    trx: Kysely<Tables>,
    row: Whole<Tables, T, P>,
    request: RequestOf<S, `create${N}`> & Found,
  ) => Promise<Partial<PartValues<P>>>;
  /** Happens with the creation and with each change, and is told what the resource is from there on, and what its row was before. */
  readonly changed?: (trx: Kysely<Tables>, row: Whole<Tables, T, P>, resource: ResourceOf<S, N>, before?: Tables[T]) => Promise<void>;
  /** Happens with the deletion, while the row is still there: holds what is changed with it. */
  readonly removing?: (trx: Kysely<Tables>, row: Tables[T]) => Promise<void>;
  /** Happens with the deletion: nobody else changes or finds the row any more. Drops what hangs on it, or fails with IN_USE. */
  readonly removed?: (trx: Kysely<Tables>, row: Tables[T], asked: Partial<RequestOf<S, `delete${N}`>>) => Promise<void>;
}
