import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listContext } from "@signalbox/runtime/resource/lists.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { ListField } from "@signalbox/runtime/store/listing.ts";
import { type ListRequest, list, type Page } from "@signalbox/runtime/store/page.ts";
import { type Kysely, type SelectQueryBuilder, sql } from "kysely";
import type { Context } from "./context.ts";
import type { RegistryTables } from "./tables.ts";

// biome-ignore lint/suspicious/noExplicitAny: the tables differ in what follows their common columns only
type AnyTable = Kysely<any>;

/** The tables whose rows are listed as what belongs to one resource. */
type Belonging = "registry_stage_change" | "registry_model_artifact" | "registry_model_run";

interface Of<T extends Belonging, R> {
  readonly table: T;
  /** The column that names the resource. */
  readonly of: keyof RegistryTables[T] & string;
  /** What lists are asked by, beside the id and the time of creation. */
  readonly fields: Readonly<Record<string, ListField>>;
  /** The rows with what else they show. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever it joins
  readonly query?: (db: Kysely<RegistryTables>) => SelectQueryBuilder<any, any, R>;
}

/** Lists what belongs to the resource that the call was granted: who may read that sees all of it. */
export async function listOf<T extends Belonging, R = RegistryTables[T]>(
  { database, lists }: Pick<Context, "database" | "lists">,
  call: Call,
  request: ListRequest,
  { table, of, fields, query }: Of<T, R>,
): Promise<Page<R>> {
  const parent = grantedId(call);
  const own = query?.(database.db) ?? (database.db as AnyTable).selectFrom(table as string).selectAll(table as never);
  const rows = own as SelectQueryBuilder<Record<string, never>, string, R & object>;
  const named = (column: string) => sql.ref<Id>(`${table}.${column}`);
  const all = rows.where(named("workspaceId"), "=", workspaceOf(call)).where(named(of), "=", parent);
  const listing = {
    ...{ table, fixed: ["workspaceId", of], key: `${table}.id`, defaultOrder: "create_time desc" },
    fields: {
      id: { kind: "id", column: `${table}.id` },
      create_time: { kind: "time", column: `${table}.createTime`, sortable: true },
      ...fields,
    } as const,
  };
  const page = await list(all, listing, request, listContext(lists, call, toUuid(parent)));
  return page as unknown as Page<R>;
}
