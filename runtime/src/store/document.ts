import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import type { Micros } from "../clock.ts";
import type { Id } from "../ids.ts";
import { createTable } from "./create-table.ts";
import type { Dialect } from "./dialect/dialect.ts";
import { portions } from "./portions.ts";

/** A row of `<prefix>_document`: a large text that many rows share, kept once by its content. */
export interface DocumentTable {
  readonly workspaceId: Id;
  /** SHA-256 of the text in UTF-8. */
  readonly hash: Buffer;
  readonly text: string;
  readonly createdTime: Micros;
}

/** Where documents are: a database or transaction, and the tables' prefix. */
export interface Documents {
  // biome-ignore lint/suspicious/noExplicitAny: any service's database, whatever else it holds
  readonly db: Kysely<any>;
  readonly dialect: Dialect;
  readonly prefix: string;
}

const mostRows = 200;

/** The table of documents, for the service's migration. */
export async function createDocumentTable(db: Kysely<unknown>, { types }: Dialect, prefix: string): Promise<void> {
  const columns = { workspace_id: types.id, hash: types.hash, text: types.document, created_time: types.time };
  await createTable(db, `${prefix}_document`, columns, ["workspace_id", "hash"]);
}

export const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Keeps texts and answers with the hash of each, in order. What is kept already costs a look, not a write. */
export async function putDocuments(
  { db, dialect, prefix }: Documents,
  workspaceId: Id,
  texts: readonly string[],
  now: Micros,
): Promise<Buffer[]> {
  const hashes = texts.map(hashOf);
  const wanted = new Map(
    hashes.map((hash, i) => [hash.toString("hex"), { workspaceId, hash, text: texts[i] as string, createdTime: now }]),
  );
  for (const hash of await known(db, prefix, workspaceId, hashes)) wanted.delete(hash.toString("hex"));
  // In order of hash, so that two transactions with the same documents cannot wait for each other.
  const missing = [...wanted.values()].sort((a, b) => Buffer.compare(a.hash, b.hash));
  for (const rows of portions(missing, ({ text }) => Buffer.byteLength(text), mostRows)) {
    await dialect.onConflict(db.insertInto(`${prefix}_document`).values(rows), ["workspaceId", "hash"], []).execute();
  }
  return hashes;
}

/** The texts of those hashes that are kept, by the hash in hexadecimal. */
export async function getDocuments(
  { db, prefix }: Pick<Documents, "db" | "prefix">,
  workspaceId: Id,
  hashes: readonly Buffer[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let at = 0; at < hashes.length; at += mostRows) {
    const rows: Pick<DocumentTable, "hash" | "text">[] = await db
      .selectFrom(`${prefix}_document`)
      .select(["hash", "text"])
      .where("workspaceId", "=", workspaceId)
      .where("hash", "in", hashes.slice(at, at + mostRows))
      .execute();
    for (const { hash, text } of rows) found.set(hash.toString("hex"), text);
  }
  return found;
}

async function known(db: Documents["db"], prefix: string, workspaceId: Id, hashes: readonly Buffer[]): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for (let at = 0; at < hashes.length; at += mostRows) {
    const query = db.selectFrom(`${prefix}_document`).select("hash").where("workspaceId", "=", workspaceId);
    for (const { hash } of await query.where("hash", "in", hashes.slice(at, at + mostRows)).execute()) found.push(hash);
  }
  return found;
}
