import type { Micros } from "@signalbox/runtime/clock.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Place } from "@signalbox/runtime/resource/standard-rows.ts";
import type { ListField } from "@signalbox/runtime/store/listing.ts";
import { there } from "@signalbox/runtime/store/there.ts";
import { type Kysely, sql } from "kysely";
import { outdateApprovals } from "../promotion/gate.ts";
import type { RegistryTables } from "../tables.ts";

type Db = Kysely<RegistryTables>;

/** The tables that link something to a version. */
export type LinkTable = "registry_model_artifact" | "registry_model_run";

const counts = { registry_model_artifact: "artifactCount", registry_model_run: "runCount" } as const;

/**
 * Changes the links of a version, in a transaction. Those of one version change one after another, and it does not go
 * meanwhile. `work` says how many more there are then; where any, the version counts as changed. Fails with NOT_FOUND.
 */
export async function changeLinks(
  trx: Db,
  table: LinkTable,
  { workspaceId, id, now }: Place & { readonly now: Micros },
  work: () => Promise<number>,
): Promise<number> {
  const version = trx.updateTable("registry_model_version").where("workspaceId", "=", workspaceId).where("id", "=", id);
  const { numUpdatedRows } = await version.set((row) => ({ revision: row.ref("revision") })).executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw notFound("model_version", toUuid(id));
  const more = await work();
  if (more === 0) return 0;
  if (table === "registry_model_artifact") await outdateApprovals(trx, { workspaceId, id }, now);
  const column = counts[table];
  const count = sql<number>`${sql.ref(column)} + ${more}`;
  await version.set({ [column]: count, updateTime: now, revision: sql<number>`revision + 1` }).execute();
  return more;
}

/** Those of these links of a version that there are, by their ids in hexadecimal. */
export async function linksThere(trx: Db, table: LinkTable, { workspaceId }: Place, ids: readonly Id[]): Promise<ReadonlySet<string>> {
  // biome-ignore lint/suspicious/noExplicitAny: one of two tables
  const all = (trx as Kysely<any>).selectFrom(table).select("id").where("workspaceId", "=", workspaceId);
  return new Set(((await all.where("id", "in", ids).execute()) as Pick<Place, "id">[]).map(({ id }) => id.toString("hex")));
}

/** Takes links off a version, all or those with such values; resolves with how many there were. */
export async function dropLinks(
  trx: Db,
  table: LinkTable,
  { workspaceId, id }: Place,
  such?: Readonly<Record<string, readonly (Id | string)[]>>,
): Promise<number> {
  // biome-ignore lint/suspicious/noExplicitAny: one of two tables
  const all = (trx as Kysely<any>).deleteFrom(table).where("workspaceId", "=", workspaceId).where("versionId", "=", id);
  const some = Object.entries(such ?? {}).filter(([, values]) => values.length > 0);
  const query = such ? all.where((row) => row.or(some.map(([column, values]) => row(column, "in", values)))) : all;
  return Number((await query.executeTakeFirstOrThrow()).numDeletedRows);
}

/** `artifacts:<artifact version's id>` or `runs:<run's id>`, of versions. An index has the versions of each. */
export function linkField(
  db: Db,
  workspaceId: Id,
  {
    table,
    column,
  }:
    | { readonly table: "registry_model_artifact"; readonly column: "artifactVersionId" }
    | { readonly table: "registry_model_run"; readonly column: "runId" },
): ListField {
  const linked = (name: string) => (isUuid(name) ? toId(name) : noId);
  return {
    kind: "member",
    has: (row, { name }) => {
      const any = row
        .selectFrom(table)
        .select(`${table}.id`)
        .whereRef(`${table}.workspaceId`, "=", "registry_model_version.workspaceId")
        .whereRef(`${table}.versionId`, "=", "registry_model_version.id");
      return there(name === undefined ? any : any.where(`${table}.${column}`, "=", linked(name)));
    },
    async having({ name }, most) {
      if (name === undefined) return undefined;
      // biome-ignore lint/suspicious/noExplicitAny: one of two tables
      const all = (db as Kysely<any>).selectFrom(table).select("versionId").distinct().where("workspaceId", "=", workspaceId);
      const rows = await all
        .where(column, "=", linked(name))
        .limit(most + 1)
        .execute();
      return (rows as { readonly versionId: Id }[]).map(({ versionId }) => versionId);
    },
  };
}
