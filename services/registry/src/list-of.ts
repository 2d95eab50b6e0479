import { toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listContext } from "@signalbox/runtime/resource/lists.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { ListField } from "@signalbox/runtime/store/listing.ts";
import { type ListRequest, list, type Page } from "@signalbox/runtime/store/page.ts";
import type { Kysely } from "kysely";
import type { Context } from "./context.ts";
import type { RegistryTables } from "./tables.ts";

/** The tables whose rows are listed as what belongs to one resource. */
type Belonging = "registry_stage_change" | "registry_model_artifact" | "registry_model_run";

interface Of<T extends Belonging> {
  readonly table: T;
  /** The column that names the resource. */
  readonly of: keyof RegistryTables[T] & string;
  /** What lists are asked by, beside the id and the time of creation. */
  readonly fields: Readonly<Record<string, ListField>>;
}

/** Lists what belongs to the resource that the call was granted: who may read that sees all of it. */
export async function listOf<T extends Belonging>(
  { database, lists }: Pick<Context, "database" | "lists">,
  call: Call,
  request: ListRequest,
  { table, of, fields }: Of<T>,
): Promise<Page<RegistryTables[T]>> {
  const parent = grantedId(call);
  // biome-ignore lint/suspicious/noExplicitAny: the tables differ in what follows their common columns only
  const all = (database.db as Kysely<any>).selectFrom(table).selectAll().where("workspaceId", "=", workspaceOf(call));
  const listing = {
    ...{ table, fixed: ["workspaceId", of], key: `${table}.id`, defaultOrder: "create_time desc" },
    fields: {
      id: { kind: "id", column: `${table}.id` },
      create_time: { kind: "time", column: `${table}.createTime`, sortable: true },
      ...fields,
    } as const,
  };
  const page = await list(all.where(of as string, "=", parent), listing, request, listContext(lists, call, toUuid(parent)));
  return page as unknown as Page<RegistryTables[T]>;
}
