import { createHash } from "node:crypto";
import type { CompiledQuery, Kysely } from "kysely";
import type { Micros } from "../clock.ts";
import { type Id, keyIn } from "../ids.ts";
import { columnsOf, createTable } from "./create-table.ts";
import type { BulkTable } from "./dialect/bulk.ts";
import type { Dialect } from "./dialect/dialect.ts";
import { portions } from "./portions.ts";
import { type Rows, sendAll } from "./send-all.ts";

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

/** A text that is to be kept. */
export interface NewDocument {
  readonly workspaceId: Id;
  readonly text: string;
}

const mostRows = 200;
const columns = { workspaceId: "id", hash: "hash", text: "document", createdTime: "time" } as const satisfies BulkTable["columns"];

/** The table of documents, for the service's migration. */
export async function createDocumentTable(db: Kysely<unknown>, { types }: Dialect, prefix: string): Promise<void> {
  await createTable(db, `${prefix}_document`, columnsOf({ columns }, types), ["workspace_id", "hash"]);
}

export const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Keeps texts, to be found by their hashes. What is kept already costs a look, not a write. */
export async function putDocuments(documents: Documents, texts: readonly NewDocument[], now: Micros): Promise<void> {
  if (texts.length === 0) return;
  const { look, missing } = keeping(documents, texts, now);
  const known = await sendAll(documents.db, documents.dialect, look);
  await sendAll(documents.db, documents.dialect, missing(known.flat()));
}

/** The same as statements, for those who send them with others: a look, and what is to be written after its answer. */
export function keeping({ db, dialect, prefix }: Documents, texts: readonly NewDocument[], now: Micros) {
  const wanted = new Map(
    texts.map(({ workspaceId, text }) => {
      const hash = hashOf(text);
      return [keyIn(workspaceId, hash), { workspaceId, hash, text, createdTime: now }];
    }),
  );
  // In order of hash, so that two transactions with the same documents cannot wait for each other.
  const rows = [...wanted.values()].sort((a, b) => Buffer.compare(a.hash, b.hash));
  return {
    look: [...portions(rows, () => 0, mostRows)].map((some) =>
      db
        .selectFrom(`${prefix}_document`)
        .select(["workspaceId as workspace", "hash"])
        .where((row) => row.or(some.map(({ workspaceId, hash }) => row.and({ workspaceId, hash }))))
        .compile(),
    ),
    missing(known: Rows): CompiledQuery[] {
      const there = new Set(known.map(({ workspace, hash }) => keyIn(workspace as Id, hash as Buffer)));
      const left = rows.filter(({ workspaceId, hash }) => !there.has(keyIn(workspaceId, hash)));
      const conflict = { key: ["workspaceId", "hash"], overwrite: [] };
      return [...portions(left, ({ text }) => Buffer.byteLength(text), mostRows)].flatMap((some) =>
        dialect.bulk.insert({ name: `${prefix}_document`, columns }, some, conflict),
      );
    },
  };
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
