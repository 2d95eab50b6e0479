import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import { type Kysely, sql } from "kysely";
import type { RegistryTables } from "../tables.ts";

type Db = Kysely<RegistryTables>;

/** The components of each of these stacks, in order, by the stack's id in hexadecimal. */
export async function membersOf(db: Db, workspaceId: Id, stacks: readonly Id[]): Promise<Map<string, Id[]>> {
  if (stacks.length === 0) return new Map();
  const rows = await db
    .selectFrom("registry_stack_component")
    .select(["stackId", "componentId"])
    .where("workspaceId", "=", workspaceId)
    .where("stackId", "in", stacks)
    .orderBy("stackId")
    .orderBy("position")
    .execute();
  const members = Map.groupBy(rows, ({ stackId }) => stackId.toString("hex"));
  return new Map([...members].map(([id, all]) => [id, all.map(({ componentId }) => componentId)]));
}

/**
 * Makes these the components of a stack. The count in each component's row
 * changes with it, which is what keeps a component from being deleted: of a
 * deletion and this, one waits for the other. Fails with NOT_FOUND where a
 * component is gone.
 */
export async function setMembers(trx: Db, workspaceId: Id, stackId: Id, members: readonly Id[]): Promise<void> {
  const before = (await membersOf(trx, workspaceId, [stackId])).get(stackId.toString("hex")) ?? [];
  const kept = new Set(before.map(hex));
  const wanted = new Set(members.map(hex));
  await count(
    trx,
    workspaceId,
    members.filter((id) => !kept.has(hex(id))),
    1,
  );
  await count(
    trx,
    workspaceId,
    before.filter((id) => !wanted.has(hex(id))),
    -1,
  );
  await trx.deleteFrom("registry_stack_component").where("workspaceId", "=", workspaceId).where("stackId", "=", stackId).execute();
  const rows = members.map((componentId, position) => ({ workspaceId, stackId, componentId, position }));
  if (rows.length > 0) await trx.insertInto("registry_stack_component").values(rows).execute();
}

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
