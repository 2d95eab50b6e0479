import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Part } from "@signalbox/runtime/resource/parts.ts";
import { type Kysely, sql } from "kysely";
import type { RegistryTables } from "../tables.ts";

type Db = Kysely<RegistryTables>;

/** The components of stacks, in order, by their UUIDs. */
export const stackMembers: Part<string[]> = {
  none: [],
  same: (a, b) => a.length === b.length && a.every((uuid, position) => toId(uuid).equals(toId(b[position] ?? ""))),
  of: membersOf,
  set: setMembers,
  drop: (trx, workspaceId, stackId) => setMembers(trx, workspaceId, stackId, []),
};

async function membersOf(db: Db, workspaceId: Id, stacks: readonly Id[]): Promise<Map<string, string[]>> {
  const rows = await db
    .selectFrom("registry_stack_component")
    .select(["stackId", "componentId"])
    .where("workspaceId", "=", workspaceId)
    .where("stackId", "in", stacks)
    .orderBy("stackId")
    .orderBy("position")
    .execute();
  const members = Map.groupBy(rows, ({ stackId }) => stackId.toString("hex"));
  return new Map([...members].map(([id, all]) => [id, all.map(({ componentId }) => toUuid(componentId))]));
}

/**
 * Makes these the components of a stack. The count in each component's row
 * changes with it, which is what keeps a component from being deleted: of a
 * deletion and this, one waits for the other. Fails with NOT_FOUND where a
 * component is gone.
 */
async function setMembers(trx: Db, workspaceId: Id, stackId: Id, uuids: readonly string[]): Promise<void> {
  const members = uuids.map(toId);
  const before = ((await membersOf(trx, workspaceId, [stackId])).get(hex(stackId)) ?? []).map(toId);
  const kept = new Set(before.map(hex));
  const wanted = new Set(members.map(hex));
  const [added, left] = [members.filter((id) => !kept.has(hex(id))), before.filter((id) => !wanted.has(hex(id)))];
  await count(trx, workspaceId, added, 1);
  await count(trx, workspaceId, left, -1);
  await trx.deleteFrom("registry_stack_component").where("workspaceId", "=", workspaceId).where("stackId", "=", stackId).execute();
  const rows = members.map((componentId, position) => ({ workspaceId, stackId, componentId, position }));
  if (rows.length > 0) await trx.insertInto("registry_stack_component").values(rows).execute();
}

/** Those of these components that there are. */
export const componentsOf = (db: Db, workspaceId: Id, ids: readonly Id[]) =>
  db
    .selectFrom("registry_component")
    .select(["id", "type", "ownerId"])
    .where("workspaceId", "=", workspaceId)
    .where("id", "in", ids)
    .execute();

async function count(trx: Db, workspaceId: Id, ids: readonly Id[], step: 1 | -1): Promise<void> {
  if (ids.length === 0) return;
  const { numUpdatedRows } = await trx
    .updateTable("registry_component")
    .set({ stackCount: sql<number>`stack_count + ${sql.lit(step)}` })
    .where("workspaceId", "=", workspaceId)
    .where("id", "in", ids)
    .executeTakeFirstOrThrow();
  if (Number(numUpdatedRows) === ids.length || step < 0) return;
  const here = await trx
    .selectFrom("registry_component")
    .select("id")
    .where("workspaceId", "=", workspaceId)
    .where("id", "in", ids)
    .execute();
  const found = new Set(here.map(({ id }) => hex(id)));
  const gone = ids.find((id) => !found.has(hex(id))) ?? ids[0];
  throw notFound("component", gone ? toUuid(gone) : "");
}

const hex = (id: Id): string => id.toString("hex");
