import type { Id } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { type Change, changeRow, deleteRow, findRow, readRow, type Which } from "@signalbox/runtime/resource/change.ts";
import { type Labels, sameLabels } from "@signalbox/runtime/resource/labels.ts";
import { type ListQuery, resourceFields } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";
import type { Kysely } from "kysely";
import { resourceLabels } from "../labels.ts";
import type { RegistryTables } from "../tables.ts";
import { membersOf, setMembers } from "./members.ts";
import type { ComponentRow, StackRow } from "./tables.ts";

/** A row with what belongs to it. */
export interface WholeStack extends StackRow {
  readonly components: readonly Id[];
  readonly labels: Labels;
}

interface StackChange extends Omit<Change<StackRow>, "more"> {
  readonly components: readonly Id[] | undefined;
  readonly labels: Labels | undefined;
}

const listing = (principals: Pick<Policy, "facts">): Listing => ({
  table: "registry_stack",
  fixed: ["workspaceId"],
  key: "registry_stack.id",
  defaultOrder: "create_time desc",
  fields: {
    ...resourceFields("registry_stack", principals),
    name: { kind: "text", column: "registry_stack.name", sortable: true },
    description: { kind: "text", column: "registry_stack.description" },
    labels: resourceLabels.field("registry_stack"),
  },
});

type Db = Kysely<RegistryTables>;
const which = (workspaceId: Id, id: Id): Which<"registry_stack"> => ({ table: "registry_stack", type: "stack", workspaceId, id });

async function whole(db: Db, workspaceId: Id, rows: readonly StackRow[]): Promise<WholeStack[]> {
  const ids = rows.map(({ id }) => id);
  const [components, labels] = [await membersOf(db, workspaceId, ids), await resourceLabels.of(db, workspaceId, ids)];
  return rows.map((row) => {
    const key = row.id.toString("hex");
    return { ...row, components: components.get(key) ?? [], labels: labels.get(key) ?? {} };
  });
}

const one = async (db: Db, row: StackRow): Promise<WholeStack> => (await whole(db, row.workspaceId, [row]))[0] as WholeStack;

export function stackStore({ db }: Pick<Database<RegistryTables>, "db">, principals: Pick<Policy, "facts">) {
  return {
    async add(trx: Db, { components, labels, ...row }: WholeStack): Promise<void> {
      await trx.insertInto("registry_stack").values(row).execute();
      await setMembers(trx, row.workspaceId, row.id, components);
      await resourceLabels.set(trx, row.workspaceId, row.id, labels);
    },

    async find(workspaceId: Id, id: Id): Promise<WholeStack | undefined> {
      const row = await findRow(db, which(workspaceId, id));
      return row && one(db, row);
    },

    get: async (workspaceId: Id, id: Id): Promise<WholeStack> => one(db, await readRow(db, which(workspaceId, id))),

    /** Only its row. */
    row: (workspaceId: Id, id: Id) => findRow(db, which(workspaceId, id)),

    named: (workspaceId: Id, name: string): Promise<StackRow | undefined> =>
      db.selectFrom("registry_stack").selectAll().where("workspaceId", "=", workspaceId).where("name", "=", name).executeTakeFirst(),

    /** The components with these ids that there are. */
    components: (workspaceId: Id, ids: readonly Id[]): Promise<Pick<ComponentRow, "id" | "type" | "ownerId">[]> =>
      db
        .selectFrom("registry_component")
        .select(["id", "type", "ownerId"])
        .where("workspaceId", "=", workspaceId)
        .where("id", "in", ids)
        .execute(),

    async list({ workspaceId, visible, request, context }: ListQuery): Promise<Page<WholeStack>> {
      const query = db
        .selectFrom("registry_stack")
        .selectAll()
        .where("registry_stack.workspaceId", "=", workspaceId)
        .where(visibleWhere(visible, { owner: "registry_stack.ownerId" }));
      const { rows, ...page } = await list(query, listing(principals), request, context);
      return { ...page, rows: await whole(db, workspaceId, rows) };
    },

    async change(trx: Db, workspaceId: Id, id: Id, { components, labels, ...change }: StackChange): Promise<WholeStack> {
      const before = await one(trx, await readRow(trx, which(workspaceId, id)));
      const relabel = labels !== undefined && !sameLabels(labels, before.labels);
      const rebuild = components !== undefined && !Buffer.concat([...components]).equals(Buffer.concat([...before.components]));
      const { row } = await changeRow(trx, which(workspaceId, id), { ...change, more: relabel || rebuild });
      if (components && rebuild) await setMembers(trx, workspaceId, id, components);
      if (labels && relabel) await resourceLabels.set(trx, workspaceId, id, labels);
      return { ...row, components: components ?? before.components, labels: labels ?? before.labels };
    },

    /** Deletes a stack. Snapshots and runs keep its id: what ran on it stays true. */
    async remove(trx: Db, workspaceId: Id, id: Id, etag: string): Promise<void> {
      await deleteRow(trx, which(workspaceId, id), etag);
      await setMembers(trx, workspaceId, id, []);
      await resourceLabels.drop(trx, workspaceId, id);
    },
  };
}

export type StackStore = ReturnType<typeof stackStore>;
