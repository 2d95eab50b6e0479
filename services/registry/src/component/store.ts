import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ComponentTypeSchema } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { type Change, changeRow, findRow, readRow, type Which } from "@signalbox/runtime/resource/change.ts";
import { type Labels, sameLabels } from "@signalbox/runtime/resource/labels.ts";
import { type ListQuery, resourceFields } from "@signalbox/runtime/resource/lists.ts";
import { checkEtag } from "@signalbox/runtime/rpc/patch.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import { visibleWhere } from "@signalbox/runtime/store/visible.ts";
import type { Kysely } from "kysely";
import { resourceLabels } from "../labels.ts";
import type { ComponentRow } from "../stack/tables.ts";
import type { RegistryTables } from "../tables.ts";

/** A row with its labels. */
export interface Labelled extends ComponentRow {
  readonly labels: Labels;
}

const listing = (principals: Pick<Policy, "facts">): Listing => ({
  table: "registry_component",
  fixed: ["workspaceId"],
  key: "registry_component.id",
  defaultOrder: "create_time desc",
  fields: {
    ...resourceFields("registry_component", principals),
    name: { kind: "text", column: "registry_component.name", sortable: true },
    type: { kind: "enum", column: "registry_component.type", enum: ComponentTypeSchema },
    flavor: { kind: "text", column: "registry_component.flavor" },
    connector: { kind: "id", column: "registry_component.connectorId" },
    connector_resource: { kind: "text", column: "registry_component.connectorResource" },
    labels: resourceLabels.field("registry_component"),
  },
});

const which = (workspaceId: Id, id: Id): Which<"registry_component"> => ({
  table: "registry_component",
  type: "component",
  workspaceId,
  id,
});

type Db = Kysely<RegistryTables>;

const one = async (db: Db, row: ComponentRow): Promise<Labelled> =>
  (await resourceLabels.labelled(db, row.workspaceId, [row]))[0] as Labelled;

export function componentStore({ db }: Pick<Database<RegistryTables>, "db">, principals: Pick<Policy, "facts">) {
  return {
    async add(trx: Db, { labels, ...row }: Labelled): Promise<void> {
      await trx.insertInto("registry_component").values(row).execute();
      await resourceLabels.set(trx, row.workspaceId, row.id, labels);
    },

    async find(workspaceId: Id, id: Id): Promise<Labelled | undefined> {
      const row = await findRow(db, which(workspaceId, id));
      return row && one(db, row);
    },

    get: async (workspaceId: Id, id: Id): Promise<Labelled> => one(db, await readRow(db, which(workspaceId, id))),

    /** All of a name, at most one of each type. */
    named: (workspaceId: Id, name: string): Promise<Pick<ComponentRow, "id" | "ownerId">[]> =>
      db
        .selectFrom("registry_component")
        .select(["id", "ownerId"])
        .where("workspaceId", "=", workspaceId)
        .where("name", "=", name)
        .execute(),

    async list({ workspaceId, visible, request, context }: ListQuery): Promise<Page<Labelled>> {
      const query = db
        .selectFrom("registry_component")
        .selectAll()
        .where("registry_component.workspaceId", "=", workspaceId)
        .where(visibleWhere(visible, { owner: "registry_component.ownerId" }));
      const { rows, ...page } = await list(query, listing(principals), request, context);
      return { ...page, rows: await resourceLabels.labelled(db, workspaceId, rows) };
    },

    async change(
      trx: Db,
      workspaceId: Id,
      id: Id,
      { labels, ...change }: Omit<Change<ComponentRow>, "more"> & { readonly labels: Labels | undefined },
    ): Promise<Labelled> {
      const before = (await resourceLabels.of(trx, workspaceId, [id])).get(id.toString("hex")) ?? {};
      const more = labels !== undefined && !sameLabels(labels, before);
      const { row } = await changeRow(trx, which(workspaceId, id), { ...change, more });
      if (labels && more) await resourceLabels.set(trx, workspaceId, id, labels);
      return { ...row, labels: labels ?? before };
    },

    /** Deletes a component that no stack has. Fails with NOT_FOUND, IN_USE or ETAG_MISMATCH. */
    async remove(trx: Db, workspaceId: Id, id: Id, etag: string): Promise<void> {
      const { revision } = await readRow(trx, which(workspaceId, id));
      checkEtag(etag, revision);
      // The count is changed in the transactions of stacks, so either they see no component or this sees their count.
      const free = trx
        .deleteFrom("registry_component")
        .where("workspaceId", "=", workspaceId)
        .where("id", "=", id)
        .where("stackCount", "=", 0);
      const { numDeletedRows } = await (etag === "" ? free : free.where("revision", "=", revision)).executeTakeFirstOrThrow();
      if (numDeletedRows > 0n) return resourceLabels.drop(trx, workspaceId, id);
      const current = await readRow(trx, which(workspaceId, id));
      checkEtag(etag, current.revision);
      throw await inUse(trx, current);
    },
  };
}

const mostNamed = 10;

async function inUse(trx: Db, { workspaceId, id, name }: ComponentRow): Promise<SignalboxError> {
  const stacks = await trx
    .selectFrom("registry_stack_component")
    .innerJoin("registry_stack", (join) =>
      join
        .onRef("registry_stack.workspaceId", "=", "registry_stack_component.workspaceId")
        .onRef("registry_stack.id", "=", "registry_stack_component.stackId"),
    )
    .select(["registry_stack.name"])
    .where("registry_stack_component.workspaceId", "=", workspaceId)
    .where("registry_stack_component.componentId", "=", id)
    .orderBy("registry_stack.name")
    .limit(mostNamed + 1)
    .execute();
  const names = stacks.slice(0, mostNamed).map((stack) => stack.name);
  const text = `${names.join(", ")}${stacks.length > mostNamed ? " and others" : ""}`;
  return new SignalboxError(
    Reason.IN_USE,
    `the component "${name}" is used by ${names.length === 1 ? "the stack" : "the stacks"} ${text}`,
    {
      metadata: { type: "component", reference: toUuid(id), stacks: text },
    },
  );
}
