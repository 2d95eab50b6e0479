import type { Expression, Kysely } from "kysely";
import { filterInvalid } from "../filter/invalid.ts";
import { type Id, noId } from "../ids.ts";
import { columnsOf, createIndexes, createTable } from "../store/create-table.ts";
import type { BulkRow, BulkTable, ColumnsOf } from "../store/dialect/bulk.ts";
import type { Dialect } from "../store/dialect/dialect.ts";
import type { MemberField, Row } from "../store/listing.ts";
import { sendAll } from "../store/send-all.ts";
import { there } from "../store/there.ts";
import type { PurgeStep } from "./purge.ts";

/** A row of `<service>_word`: that the name of a resource has a word. */
export interface WordTable {
  readonly workspaceId: Id;
  /** All zeros where it lies in none. */
  readonly projectId: Id;
  /** The table of the resource. */
  readonly kind: string;
  readonly word: string;
  readonly resourceId: Id;
}

const columns = {
  workspaceId: "id",
  projectId: "id",
  kind: "name",
  word: "name",
  resourceId: "id",
} as const satisfies ColumnsOf<WordTable>;

/** What has a name, as far as its words go. */
export interface Titled {
  readonly workspaceId: Id;
  readonly projectId?: Id;
  readonly id: Id;
  readonly name: string;
}

// biome-ignore lint/suspicious/noExplicitAny: any service's database, whatever else it holds
type Db = Kysely<any>;

const mostWords = 24;
const mostCharacters = 64;

/** The words of a name in lower case: whole, and where they are written together, `TrainModel`, the parts as well. */
export function wordsOf(name: string): readonly string[] {
  const whole = name.normalize("NFKC").match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const all = whole.flatMap((word) => [word, ...word.split(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})/u).slice(1)]);
  const cut = all.map((word) => [...word.toLowerCase()].slice(0, mostCharacters).join(""));
  return [...new Set(cut)].slice(0, mostWords);
}

/** The table of the words of a service's names, for its migration. */
export async function createWordTable(db: Kysely<unknown>, { types }: Pick<Dialect, "types">, service: string): Promise<void> {
  const table = `${service}_word`;
  await createTable(db, table, columnsOf({ columns }, types), ["workspace_id", "resource_id", "word"]);
  await createIndexes(db, table, {
    found: ["workspace_id", "kind", "word", "resource_id"],
    found_in: ["workspace_id", "project_id", "kind", "word", "resource_id"],
  });
}

const portion = 1000;

/** Keeps the words of the names that a table has already, in a migration. */
export async function keepWords(
  db: Kysely<unknown>,
  { bulk }: Pick<Dialect, "bulk">,
  table: string,
  { projects = true } = {},
): Promise<void> {
  const all = (db as Db).selectFrom(table).select(["workspaceId", "id", "name", ...(projects ? ["projectId"] : [])]);
  const service = serviceOf(table);
  for (let last: Titled | undefined; ; ) {
    const sorted = all.orderBy("workspaceId").orderBy("id").limit(portion);
    const after = last;
    const rest = after
      ? sorted.where((row) =>
          row.or([
            row("workspaceId", ">", after.workspaceId),
            row.and([row("workspaceId", "=", after.workspaceId), row("id", ">", after.id)]),
          ]),
        )
      : sorted;
    const rows = (await rest.execute()) as Titled[];
    for (const statement of bulk.insert(wordTable(service), rows.flatMap(rowsOf(table)), keeping)) await db.executeQuery(statement);
    last = rows.at(-1);
    if (rows.length < portion) return;
  }
}

const wordTable = (service: string): BulkTable => ({ name: `${service}_word`, columns });
const serviceOf = (table: string): string => table.slice(0, table.indexOf("_"));
const keeping = { key: ["workspaceId", "resourceId", "word"], overwrite: [] };

const rowsOf =
  (kind: string) =>
  ({ workspaceId, projectId = noId, id: resourceId, name }: Titled): BulkRow[] =>
    wordsOf(name).map((word): BulkRow => ({ ...({ workspaceId, projectId, kind, word, resourceId } satisfies WordTable) }));

/** Keeps and finds the words of the names of a table's rows. The table's own name begins with that of its service. */
export function wordStore(resources: string) {
  const table = `${serviceOf(resources)}_word`;
  const of = rowsOf(resources);

  const adding = ({ bulk }: Pick<Dialect, "bulk">, rows: readonly Titled[]) =>
    bulk.insert(wordTable(serviceOf(resources)), rows.flatMap(of), keeping);

  async function drop(trx: Db, workspaceId: Id, ids: readonly Id[] | Expression<{ id: Id }>): Promise<void> {
    if (!Array.isArray(ids) || ids.length > 0)
      await trx.deleteFrom(table).where("workspaceId", "=", workspaceId).where("resourceId", "in", ids).execute();
  }

  return {
    /** Statements that keep the words of new rows. */
    adding,
    drop,

    async add(trx: Db, dialect: Dialect, row: Titled): Promise<void> {
      await sendAll(trx, dialect, adding(dialect, [row]));
    },

    /** The row is called otherwise from now on. */
    async change(trx: Db, dialect: Dialect, row: Titled): Promise<void> {
      await drop(trx, row.workspaceId, [row.id]);
      await sendAll(trx, dialect, adding(dialect, [row]));
    },

    /** Asks for names by how their words begin, in any case and order: `name:"pen tra"`. An index tells few. */
    field(
      db: Db,
      { within, readBy }: Pick<Dialect, "within" | "readBy">,
      { workspaceId, projectId }: { workspaceId: Id; projectId: Id | undefined },
    ): MemberField {
      const begins = (word: string) => (row: Row) => within(row.ref(`${table}.word`), word, "prefix");
      return {
        kind: "member",
        has: (row, { name = "" }) =>
          row.and(
            asked(name).map((word) =>
              there(
                row
                  .selectFrom(table)
                  .select(`${table}.word`)
                  .whereRef(`${table}.workspaceId`, "=", `${resources}.workspaceId`)
                  .whereRef(`${table}.resourceId`, "=", `${resources}.id`)
                  .where(begins(word)),
              ),
            ),
          ),
        async having({ name = "" }, most) {
          const [longest = ""] = asked(name).toSorted((a, b) => b.length - a.length);
          const all = db.selectFrom(table).where("workspaceId", "=", workspaceId).where("kind", "=", resources);
          const here = projectId ? all.where("projectId", "=", projectId) : all;
          const sorted = here.select("resourceId as id").where(begins(longest)).orderBy("word").orderBy("resourceId");
          const found = readBy(sorted, `${table}_found${projectId ? "_in" : ""}`);
          const ids = ((await found.limit(most + 1).execute()) as { readonly id: Id }[]).map(({ id }) => id);
          // Of the same resource two words may begin so: then there are fewer than it looks.
          return ids.length > most ? undefined : [...new Map(ids.map((id) => [id.toString("hex"), id])).values()];
        },
      };
    },
  };
}

/** The words that a filter asks for. Fails with FILTER_INVALID where there are none. */
function asked(text: string): readonly string[] {
  const words = (text.normalize("NFKC").match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).map((word) =>
    [...word.toLowerCase()].slice(0, mostCharacters).join(""),
  );
  if (words.length === 0) throw filterInvalid(1, "a name is asked for words, which are made of letters and digits");
  return [...new Set(words)].slice(0, mostWords);
}

/** Drops the words of what lies in a project. */
// biome-ignore lint/suspicious/noExplicitAny: a step of any service
export function dropWords(service: string): PurgeStep<any> {
  const table = `${service}_word`;
  return async (trx, workspaceId, projectId) => {
    const own = trx
      .selectFrom(table)
      .select("resourceId")
      .distinct()
      .where("workspaceId", "=", workspaceId)
      .where("projectId", "=", projectId);
    const ids = ((await own.limit(200).execute()) as Pick<WordTable, "resourceId">[]).map(({ resourceId }) => resourceId);
    if (ids.length > 0) await trx.deleteFrom(table).where("workspaceId", "=", workspaceId).where("resourceId", "in", ids).execute();
    return ids.length > 0;
  };
}
