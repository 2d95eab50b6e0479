import type { Id } from "@signalbox/runtime/ids.ts";
import type { ReadDocuments } from "../run/documents.ts";
import { isNoHash } from "../tables.ts";
import { type Cells, leavesOf } from "./leaves.ts";

/** The hash of a document in each run: undefined for a run in which there is nothing to look at. */
export type Hashes = readonly (Buffer | undefined)[];

const portion = 100;
const mostCharacters = 32 << 20;

const isSame = (a: Buffer, b: Buffer) => a.equals(b) || (isNoHash(a) && isNoHash(b));

/** Whether a document is not the same in all runs that may have it. What is the same is not read. */
export function differs(hashes: Hashes): boolean {
  const present = hashes.filter((hash) => hash !== undefined);
  return present.some((hash) => !isSame(hash, present[0] as Buffer));
}

/** What is in documents, each read and taken apart once, as far as they reach: `more` says whether there are others. */
export async function openDocuments(
  read: ReadDocuments,
  workspace: Id,
  wanted: readonly Hashes[],
): Promise<{ readonly cellsOf: (hashes: Hashes) => readonly (Cells | undefined)[]; readonly more: boolean }> {
  const hashes = new Map(
    wanted.flatMap((some) => some.flatMap((hash) => (hash && !isNoHash(hash) ? [[hash.toString("hex"), hash] as const] : []))),
  );
  const all = [...hashes.values()];
  const known = new Map<string, Cells>();
  let characters = 0;
  let at = 0;
  for (; at < all.length && characters < mostCharacters; at += portion) {
    for (const [key, text] of await read(workspace, all.slice(at, at + portion))) {
      characters += text.length;
      known.set(key, leavesOf(text));
    }
  }
  const none: Cells = new Map();
  const cells = (hash: Buffer | undefined) => hash && (isNoHash(hash) ? none : known.get(hash.toString("hex")));
  return { cellsOf: (some) => some.map(cells), more: at < all.length };
}
