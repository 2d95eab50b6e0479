import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { getDocuments, hashOf, putDocuments } from "@signalbox/runtime/store/document.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "./tables.ts";

/** What a column of hashes has where there is no document. */
const noDocument: Buffer = Buffer.alloc(32);

export const documentHash = (text: string | undefined): Buffer => (text ? hashOf(text) : noDocument);

/** Keeps texts by their content. Done before the transaction that refers to them: what nobody refers to harms nobody. */
export const keepDocuments = (
  { db, dialect }: Pick<Database<RegistryTables>, "db" | "dialect">,
  workspaceId: Id,
  texts: readonly string[],
  now: Micros,
): Promise<void> =>
  putDocuments(
    { db, dialect, prefix: "registry" },
    texts.map((text) => ({ workspaceId, text })),
    now,
  );

/** The texts of these hashes, by the hash in hexadecimal; of those that are none, nothing. */
export function documentTexts(db: Kysely<RegistryTables>, workspaceId: Id, hashes: readonly Buffer[]): Promise<Map<string, string>> {
  const distinct = new Map(hashes.filter((hash) => !hash.equals(noDocument)).map((hash) => [hash.toString("hex"), hash]));
  return getDocuments({ db, prefix: "registry" }, workspaceId, [...distinct.values()]);
}
