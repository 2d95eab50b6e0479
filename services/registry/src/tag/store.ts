import type { Id } from "@signalbox/runtime/ids.ts";
import { wordStore } from "@signalbox/runtime/resource/words.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { sendAll } from "@signalbox/runtime/store/send-all.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";
import type { TagRow } from "./tables.ts";

type Db = Kysely<RegistryTables>;

/** Tags by many ids or names, and many at once. */
export function tagStore({ db, dialect }: Pick<Database<RegistryTables>, "db" | "dialect">) {
  const all = (from: Db, workspaceId: Id) => from.selectFrom("registry_tag").selectAll().where("workspaceId", "=", workspaceId);

  const words = wordStore("registry_tag");

  return {
    /** Adds those of these tags whose names are free. In order, so that two who do so do not wait for each other in a circle. */
    async addFree(trx: Db, rows: readonly TagRow[]): Promise<void> {
      const sorted = rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      await dialect.onConflict(trx.insertInto("registry_tag").values(sorted), ["workspaceId", "name"], []).execute();
    },

    /** Of these that were added. */
    keepWords: (trx: Db, rows: readonly TagRow[]) => sendAll(trx, dialect, words.adding(dialect, rows)),

    some: async (workspaceId: Id, ids: readonly Id[]): Promise<TagRow[]> =>
      ids.length === 0 ? [] : all(db, workspaceId).where("id", "in", ids).execute(),

    named: async (workspaceId: Id, names: readonly string[], from: Db = db): Promise<TagRow[]> =>
      names.length === 0 ? [] : all(from, workspaceId).where("name", "in", names).execute(),
  };
}

export type TagStore = ReturnType<typeof tagStore>;
