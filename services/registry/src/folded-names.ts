import { createHash } from "node:crypto";
import type { Id } from "@signalbox/runtime/ids.ts";
import { nameTaken } from "@signalbox/runtime/resource/names.ts";
import type { ResourceRow } from "@signalbox/runtime/resource/row.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "./tables.ts";

type Db = Kysely<RegistryTables>;

/** A row of `registry_folded_name`: who has a name, however it is written. */
export interface FoldedNameRow {
  workspaceId: Id;
  /** SHA-256 of what kind of resource it is the name of, and of the folded name. */
  nameHash: Buffer;
  holderId: Id;
}

/** What counts of a name where upper and lower case are the same. The same text, whichever database there is. */
const folded = (name: string): string => name.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");

const nameHashOf = (among: string, name: string): Buffer =>
  createHash("sha256")
    .update(`${among}\0${folded(name)}`)
    .digest();

type Holder = ResourceRow & { readonly name: string };
type Held = "registry_stack" | "registry_component";

/**
 * Keeps names unique ignoring case. `among` tells which resources a name is unique among. What was called alike before this was kept, or
 * by a release that does not know of it, stays as it is called until it gets another name.
 */
export function foldedNames<T extends Held>(table: T, type: string, among: (row: RegistryTables[T]) => string) {
  const hashOf = (row: RegistryTables[T]) => nameHashOf(among(row), row.name);
  const names = (db: Db, workspaceId: Id) => db.deleteFrom("registry_folded_name").where("workspaceId", "=", workspaceId);

  /** Whether who is said to have a name has it, and did not lose it to a release that does not tell. */
  async function holds(trx: Db, { workspaceId, nameHash, holderId }: FoldedNameRow): Promise<boolean> {
    const rows = (trx as Kysely<Record<Held, Holder>>)
      .selectFrom(table as Held)
      .selectAll()
      .where("workspaceId", "=", workspaceId);
    const row = (await rows.where("id", "=", holderId).executeTakeFirst()) as RegistryTables[T] | undefined;
    return row !== undefined && hashOf(row).equals(nameHash);
  }

  async function claim(trx: Db, row: RegistryTables[T]): Promise<void> {
    const wanted = { workspaceId: row.workspaceId, nameHash: hashOf(row), holderId: row.id };
    const { workspaceId, nameHash } = wanted;
    const all = trx.selectFrom("registry_folded_name").selectAll().where("workspaceId", "=", workspaceId);
    const held = await all.where("nameHash", "=", nameHash).executeTakeFirst();
    if (held?.holderId.equals(row.id)) return;
    if (held && (await holds(trx, held))) throw nameTaken(type, row.name);
    if (held) await names(trx, workspaceId).where("nameHash", "=", nameHash).where("holderId", "=", held.holderId).execute();
    await trx.insertInto("registry_folded_name").values(wanted).execute();
  }

  const release = async (trx: Db, { workspaceId, id }: RegistryTables[T]): Promise<void> => {
    await names(trx, workspaceId).where("holderId", "=", id).execute();
  };

  return {
    /** After a creation, or a change of what was `before`. Fails with NAME_TAKEN. */
    async named(trx: Db, row: RegistryTables[T], before?: RegistryTables[T]): Promise<void> {
      if (before?.name === row.name) return;
      if (before && !hashOf(before).equals(hashOf(row))) await release(trx, before);
      await claim(trx, row);
    },

    release,
  };
}

/** Who there is by now gets the names; of those that are called alike, who came first. */
export async function foldNames(db: Db, { onConflict }: Pick<Dialect, "onConflict">): Promise<void> {
  const stacks = await db.selectFrom("registry_stack").select(["workspaceId", "id", "name", "createTime"]).execute();
  const components = await db.selectFrom("registry_component").select(["workspaceId", "id", "name", "type", "createTime"]).execute();
  const all = [
    ...stacks.map((row) => ({ row, among: amongStacks })),
    ...components.map((row) => ({ row, among: amongComponents(row) })),
  ].sort((a, b) => a.row.createTime - b.row.createTime || Buffer.compare(a.row.id, b.row.id));
  for (const { row, among } of all) {
    const name = { workspaceId: row.workspaceId, nameHash: nameHashOf(among, row.name), holderId: row.id };
    await onConflict(db.insertInto("registry_folded_name").values(name), ["workspaceId", "nameHash"], []).execute();
  }
}

export const amongStacks = "stack";
export const amongComponents = ({ type }: { readonly type: number }): string => `component ${type}`;
