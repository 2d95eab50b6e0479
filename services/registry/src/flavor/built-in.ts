import type { Clock } from "@signalbox/runtime/clock.ts";
import { type Id, noId } from "@signalbox/runtime/ids.ts";
import { wordStore } from "@signalbox/runtime/resource/words.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { sendAll } from "@signalbox/runtime/store/send-all.ts";
import type { RegistryTables } from "../tables.ts";
import { type BuiltIn, builtIns } from "./catalogue.ts";

/** Makes sure that a workspace has the flavors that Signalbox brings, as this program knows them. */
export type BringFlavors = (workspaceId: Id) => Promise<void>;

const names = [...new Set(builtIns.map(({ name }) => name))];
const attempts = 5;
const words = wordStore("registry_flavor");

/** Looks once for each workspace. Of several programs that bring them at once, those that come later find them. */
export function bringingFlavors({ db, dialect, transact }: Database<RegistryTables>, clock: Clock): BringFlavors {
  const brought = new Map<string, Promise<void>>();

  async function bring(workspaceId: Id): Promise<void> {
    const own = db.selectFrom("registry_flavor").select(["id", "name", "type", "contentHash"]).where("workspaceId", "=", workspaceId);
    const there = await own.where("name", "in", names).execute();
    const keyOf = ({ name, type }: Pick<BuiltIn, "name" | "type">) => `${type}/${name}`;
    const known = new Map(there.map((row) => [keyOf(row), row]));
    const now = clock();
    const fresh = { workspaceId, ownerId: noId, revision: 1, createTime: now, updateTime: now };
    const missing = builtIns.filter((each) => !known.has(keyOf(each)));
    const rows = missing.map((each) => ({ ...fresh, ...each }));
    if (rows.length > 0)
      await transact(async (trx) => {
        await trx.insertInto("registry_flavor").values(rows).execute();
        await sendAll(trx, dialect, words.adding(dialect, rows));
      });
    for (const each of builtIns) {
      const row = known.get(keyOf(each));
      // What people called so before Signalbox brought one stays theirs.
      if (!row?.id.equals(each.id) || row.contentHash.equals(each.contentHash)) continue;
      const change = db.updateTable("registry_flavor").set((row) => ({ ...each, updateTime: now, revision: row("revision", "+", 1) }));
      await change.where("workspaceId", "=", workspaceId).where("id", "=", each.id).execute();
    }
  }

  async function settle(workspaceId: Id): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await bring(workspaceId);
      } catch (error) {
        if (dialect.explain(error)?.kind !== "taken" || attempt === attempts) throw error;
      }
    }
  }

  return (workspaceId) => {
    const key = workspaceId.toString("hex");
    const under = brought.get(key) ?? settle(workspaceId);
    brought.set(key, under);
    under.catch(() => brought.delete(key));
    return under;
  };
}
