import type { Message } from "@bufbuild/protobuf";
import type { Kysely } from "kysely";
import type { Micros } from "../clock.ts";
import type { Condition } from "../filter/condition.ts";
import type { Id } from "../ids.ts";
import type { Visible } from "../policy/grant.ts";
import type { Policy } from "../policy/policy.ts";
import type { Call } from "../rpc/call.ts";
import type { Database } from "../store/database.ts";
import type { ListField, Listing, MemberField } from "../store/listing.ts";
import { list, type Page } from "../store/page.ts";
import { changeRow, deleteRow, findRow, readRow, type Which } from "./change.ts";
import type { Scope, StandardField } from "./declared.ts";
import { type ListQuery, resourceFields, scopeIn } from "./lists.ts";
import { type Parts, withParts } from "./parts.ts";
import type { ResourceRow } from "./row.ts";
import { camelCase } from "./standard-methods.ts";
import { wordStore } from "./words.ts";

export interface Place {
  readonly workspaceId: Id;
  readonly id: Id;
}

/** A row of any resource, with what belongs to it. */
export type Row = ResourceRow & { readonly name?: string; readonly projectId?: Id };
export type Request = Message & Record<string, unknown>;

// One table at a time, whichever it is: the statements are the same, and only the declaration is typed by table.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Tables = any;
type Db = Kysely<Tables>;

/** A {@link Standard} without the types that only who writes one needs. */
export interface Declared {
  readonly table: string;
  readonly scope: Scope<Tables>;
  readonly parts?: Parts;
  readonly projectOf?: (row: Row) => Id;
  readonly row: (request: Request) => Partial<Row>;
  readonly message: (row: Row) => object;
  readonly fields: (query: ListQuery) => Readonly<Record<string, StandardField>>;
  readonly within?: {
    readonly field: string;
    readonly column: string;
    readonly find: (query: ListQuery, reference: string) => Promise<Id | undefined>;
  };
  readonly listed?: (request: Request) => Condition;
  readonly patch?: (asked: object, before: Row) => object;
  readonly checkName?: (name: string) => void;
  readonly found?: (request: Request, call: Call, projectId: Id) => Promise<Request>;
  readonly changing?: (asked: Readonly<Record<string, unknown>>, call: Call) => Promise<void>;
  readonly adding?: (trx: Db, row: Row) => Promise<Partial<Row> | undefined>;
  readonly added?: (trx: Db, row: Row, request: Request) => Promise<object>;
  readonly changed?: (trx: Db, row: Row, resource: Message, before?: Row) => Promise<void>;
  readonly removing?: (trx: Db, row: Row) => Promise<void>;
  readonly removed?: (trx: Db, row: Row, asked: Partial<Request>) => Promise<void>;
}

interface RowChange {
  /** By the field of the request. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** The texts of the documents among them. */
  readonly texts: Readonly<Record<string, string>>;
  readonly etag: string;
  readonly by: Id;
  readonly now: Micros;
}

/** The statements of a resource. */
export function standardRows(
  { database, policy }: { readonly database: Pick<Database<Tables>, "db" | "dialect">; readonly policy: Pick<Policy, "facts"> },
  type: string,
  declared: Declared,
  shown: (row: Row) => Message,
) {
  const { db, dialect } = database;
  const words = wordStore(declared.table);
  const { table, scope, parts = {}, within, patch = (asked) => asked, adding, added, changed, removing, removed } = declared;
  const partNames = Object.keys(parts);
  const which = ({ workspaceId, id }: Place): Which<string> => ({ table, type, workspaceId, id });
  const whole = async (from: Db, row: Row) => (await withParts(from, parts, row.workspaceId, [row]))[0] as Row;

  const listing = (query: ListQuery): Listing => ({
    table,
    ...scopeIn(query, query.parentId !== undefined && within?.column),
    ...(declared.listed && { picks: true }),
    key: `${table}.id`,
    defaultOrder: "create_time desc",
    fields: {
      ...resourceFields(table, policy),
      ...scope.fields?.(table, query),
      ...withColumns(table, worded(declared.fields(query), words.field(db, dialect, query))),
    },
  });

  return {
    async find(place: Place): Promise<Row | undefined> {
      const row = await findRow(db, which(place));
      return row && whole(db, row);
    },

    get: async (place: Place): Promise<Row> => whole(db, await readRow(db, which(place))),

    /** Those of these that the caller may see, in the order asked for. */
    async batch(workspaceId: Id, ids: readonly Id[], visible: Visible): Promise<Row[]> {
      const query = db
        .selectFrom(table)
        .selectAll()
        .where(scope.rows(table, { workspaceId, projectId: undefined, visible }));
      const rows = await withParts(db, parts, workspaceId, (await query.where(`${table}.id`, "in", ids).execute()) as Row[], "listed");
      const byId = new Map(rows.map((row) => [row.id.toString("hex"), row]));
      return [...new Set(ids.map((id) => id.toString("hex")))].flatMap((id) => byId.get(id) ?? []);
    },

    async list(query: ListQuery, request: Request): Promise<Page<Row>> {
      const all = db.selectFrom(table).selectAll(table).where(scope.rows(table, query));
      const such = declared.listed ? all.where(declared.listed(request)) : all;
      const some = within && query.parentId ? such.where(`${table}.${within.column}`, "=", query.parentId) : such;
      const { rows, ...page } = await list(some, listing(query), query.request, query.context);
      return { ...page, rows: await withParts(db, parts, query.workspaceId, rows as Row[], "listed") };
    },

    /** Resolves with the row as it is kept. */
    async add(trx: Db, asked: Row, request: Request): Promise<Row> {
      if (asked.projectId) await scope.enter?.(trx, asked.workspaceId, asked.projectId);
      const row: Row = { ...asked, ...(await adding?.(trx, asked)) };
      const { own, others } = parted(row, partNames);
      const setting = { by: row.ownerId, now: row.createTime, created: true };
      await trx.insertInto(table).values(own).execute();
      if (row.name) await words.add(trx, dialect, { ...row, name: row.name });
      for (const [field, value] of others) {
        const part = parts[field];
        if (part && !part.same(value, part.none)) await part.set(trx, row.workspaceId, row.id, value, setting);
      }
      const kept: Row = { ...row, ...(await added?.(trx, row, request)) };
      await changed?.(trx, kept, shown(kept));
      return kept;
    },

    async change(trx: Db, place: Place, { asked, texts, etag, by, now }: RowChange): Promise<Row> {
      const { own, others } = parted(asked, partNames);
      const { workspaceId, id } = place;
      const [before] = await withParts(trx, parts, workspaceId, [{ id }]);
      const moved = others.filter(([field, value]) => !parts[field]?.same(value, before?.[field]));
      const {
        row,
        before: old,
        changed: news,
      } = await changeRow(trx, which(place), {
        patch: (row: Row) => ({ ...patch(own, row), ...texts }),
        more: moved.length > 0,
        etag,
        now,
      });
      for (const [field, value] of moved) await parts[field]?.set(trx, workspaceId, id, value, { by, now, created: false });
      if ("name" in own) await words.change(trx, dialect, { ...row, name: row.name ?? "" });
      const after = { ...before, ...row, ...Object.fromEntries(others) };
      if (news) await changed?.(trx, after, shown(after), old);
      return after;
    },

    /** The row first: whoever is adding to it holds it, or finds it gone. */
    async remove(trx: Db, place: Place, asked: Partial<Request>): Promise<void> {
      if (removing) await removing(trx, await readRow(trx, which(place)));
      const row = await deleteRow(trx, which(place), (asked.etag as string | undefined) ?? "");
      await removed?.(trx, row, asked);
      await words.drop(trx, place.workspaceId, [place.id]);
      for (const part of Object.values(parts)) await part.drop(trx, place.workspaceId, place.id);
    },
  };
}

/** What is a column, and what is a part. */
function parted(fields: object, partNames: readonly string[]) {
  const [others, own] = [true, false].map((part) => Object.entries(fields).filter(([field]) => partNames.includes(field) === part));
  return { own: Object.fromEntries(own ?? []), others: others ?? [] };
}

/** Whatever has a name is found by the words of it. */
function worded({ name, ...others }: Readonly<Record<string, StandardField>>, words: MemberField): Readonly<Record<string, StandardField>> {
  return name?.kind === "text" ? { name: { ...name, words }, ...others } : { ...(name && { name }), ...others };
}

const withColumns = (table: string, fields: Readonly<Record<string, StandardField>>): Record<string, ListField> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, { column: `${table}.${camelCase(name)}`, ...field } as ListField]),
  );
