import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import type { CompiledQuery, Expression, Kysely } from "kysely";
import type { Id } from "../ids.ts";
import { addColumns, columnsOf, createIndexes, createTable } from "../store/create-table.ts";
import type { ColumnsOf } from "../store/dialect/bulk.ts";
import type { Dialect } from "../store/dialect/dialect.ts";
import type { ListField } from "../store/listing.ts";
import { portions } from "../store/portions.ts";
import { sendAll } from "../store/send-all.ts";
import { there } from "../store/there.ts";
import { type Compared, comparedAs, comparedTests, compareKept } from "./compared.ts";
import type { Part } from "./parts.ts";

/** A row of a table that keeps the metadata of versions. */
export interface MetadataTable extends Compared {
  readonly workspaceId: Id;
  readonly versionId: Id;
  readonly key: string;
  /** A signalbox.value.v1.Value. */
  readonly value: Buffer;
}

export type Metadata = Readonly<Record<string, Value>>;

/** The metadata of a version that has none yet. */
export interface NewMetadata {
  readonly workspaceId: Id;
  readonly id: Id;
  readonly metadata: Metadata;
}

const firstColumns = { workspaceId: "id", versionId: "id", key: "name", value: "bytes" } as const;
export const metadataColumns = { ...firstColumns, number: "float", text: "name" } as const satisfies ColumnsOf<MetadataTable>;

/** The table, for the migration of its service. */
export async function createMetadataTable(db: Kysely<unknown>, { types }: Pick<Dialect, "types">, table: string): Promise<void> {
  await createTable(db, table, columnsOf({ columns: firstColumns }, types), ["workspace_id", "version_id", "key"]);
}

/** What filters compare of its values, for a later migration. */
export async function compareMetadata(db: Kysely<unknown>, dialect: Dialect, table: string): Promise<void> {
  await addColumns(db, dialect, table, {}, { number: "float", text: "name" });
  await compareKept(db, dialect, table, { workspaceId: "id", versionId: "id", key: "name" });
  await createIndexes(db, table, { value: ["workspace_id", "key", "number", "text", "version_id"] });
}

// biome-ignore lint/suspicious/noExplicitAny: any service's database, whatever else it holds
type Db = Kysely<any>;

/** Reads and writes a table of metadata. */
export function metadataStore(table: string) {
  return {
    /** The metadata of each version that has any, by its id in hexadecimal. */
    async of(db: Db, workspaceId: Id, versions: readonly Id[]): Promise<Map<string, Metadata>> {
      if (versions.length === 0) return new Map();
      const query = db.selectFrom(table).selectAll().where("workspaceId", "=", workspaceId).where("versionId", "in", versions);
      const rows = (await query.orderBy("versionId").orderBy("key").execute()) as MetadataTable[];
      const byVersion = Map.groupBy(rows, ({ versionId }) => versionId.toString("hex"));
      return new Map([...byVersion].map(([id, own]) => [id, Object.fromEntries(own.map((row) => [row.key, fromRow(row)]))]));
    },

    /** Statements that keep the metadata of versions that have none. */
    adding({ bulk }: Pick<Dialect, "bulk">, versions: readonly NewMetadata[]): CompiledQuery[] {
      const rows = versions.flatMap(({ workspaceId, id: versionId, metadata }) =>
        Object.entries(metadata).map(([key, value]) => metadataRow({ workspaceId, versionId, key }, value)),
      );
      return [...portions(rows, ({ value }) => 512 + value.length)].flatMap((some) =>
        bulk.insert({ name: table, columns: metadataColumns }, some),
      );
    },

    async drop(trx: Db, workspaceId: Id, versions: readonly Id[] | Expression<{ id: Id }>): Promise<void> {
      await trx.deleteFrom(table).where("workspaceId", "=", workspaceId).where("versionId", "in", versions).execute();
    },

    async dropKeys(trx: Db, workspaceId: Id, version: Id, keys: readonly string[]): Promise<void> {
      const all = trx.deleteFrom(table).where("workspaceId", "=", workspaceId).where("versionId", "=", version);
      await all.where("key", "in", keys).execute();
    },

    /** Asks for what another table's rows have in a filter: `metadata:accuracy`, `metadata.accuracy > 0.9`. An index tells few. */
    field(versions: string, { db, dialect }: { readonly db: Db; readonly dialect: Pick<Dialect, "readBy"> }, workspaceId: Id): ListField {
      const tests = comparedTests(table);
      return {
        kind: "member",
        valued: true,
        has: (row, member) => {
          const any = row
            .selectFrom(table)
            .select(`${table}.key`)
            .whereRef(`${table}.workspaceId`, "=", `${versions}.workspaceId`)
            .whereRef(`${table}.versionId`, "=", `${versions}.id`);
          if (member.name === undefined) return there(any);
          return there(any.where(`${table}.key`, "=", member.name).where((each) => each.or(tests(member).map((test) => test(each)))));
        },
        async having(member, most) {
          const { name, value } = member;
          if (name === undefined || value?.asks === "rest" || value?.asks === "search") return undefined;
          const keyed = db.selectFrom(table).select("versionId as id").where("workspaceId", "=", workspaceId).where("key", "=", name);
          // In the order of the index, so that no engine looks for them elsewhere.
          const along = dialect.readBy(keyed.orderBy("number").orderBy("text").orderBy("versionId"), `${table}_value`);
          const found = await Promise.all(
            tests(member).map((test) =>
              along
                .where(test)
                .limit(most + 1)
                .execute(),
            ),
          );
          return (found.flat() as { readonly id: Id }[]).map(({ id }) => id);
        },
      };
    },
  };
}

/** The metadata of a resource that is declared. */
export const metadataPart = ({ of, adding, drop }: ReturnType<typeof metadataStore>, dialect: Dialect): Part<Metadata> => ({
  none: {},
  of,
  same: sameMetadata,
  async set(trx, workspaceId, id, metadata) {
    await drop(trx, workspaceId, [id]);
    await sendAll(trx, dialect, adding(dialect, [{ workspaceId, id, metadata }]));
  },
  drop: (trx, workspaceId, id) => drop(trx, workspaceId, [id]),
});

/** Whether metadata is the same, in any order. */
export function sameMetadata(a: Metadata, b: Metadata): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => sameValue(a[key], b[key]));
}

export const sameValue = (a: Value | undefined, b: Value | undefined) =>
  a !== undefined && b !== undefined && bytesOf(a).equals(bytesOf(b));
/** A value as it is kept. */
export function metadataRow<K extends object>(key: K, value: Value) {
  return { ...key, value: bytesOf(value), ...comparedAs(value) };
}

export const bytesOf = (value: Value): Buffer => Buffer.from(toBinary(ValueSchema, create(ValueSchema, value)));
const fromRow = ({ value }: MetadataTable): Value => fromBinary(ValueSchema, value);
