import type { Kysely } from "kysely";
import { type Id, newId } from "../../ids.ts";
import { portions } from "../../store/portions.ts";
import { tagTables } from "./tables.ts";

/**
 * Notes that resources get or lose tags, in the transaction in which they do. Each note is a row of its own, so that nobody
 * waits for whoever else gives the same tag; what they come to is counted later, and is right whoever did what meanwhile.
 */
// biome-ignore lint/suspicious/noExplicitAny: any service's database, whatever else it holds
export async function touchTags(trx: Kysely<any>, service: string, workspaceId: Id, tags: readonly Id[]): Promise<void> {
  const distinct = new Map(tags.map((tagId) => [tagId.toString("hex"), tagId]));
  const rows = [...distinct.values()].map((tagId) => ({ workspaceId, id: newId(), tagId }));
  for (const some of portions(rows, () => 128)) await trx.insertInto(tagTables(service).touches.name).values(some).execute();
}
