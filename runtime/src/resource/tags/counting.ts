import { create, toBinary } from "@bufbuild/protobuf";
import { TagCountSchema, TagCountsSchema } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import type { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import type { Clock } from "../../clock.ts";
import type { Duty } from "../../host/part.ts";
import type { Id } from "../../ids.ts";
import type { Database } from "../../store/database.ts";
import { whileLeader } from "../../store/leader.ts";
import { lease } from "../../store/lease.ts";
import type { Outbox } from "../../store/outbox.ts";
import { tagCounted } from "./events.ts";
import { type KnownTagTable, type TagCountTable, type TagTouchTable, tagTables } from "./tables.ts";
import type { Db } from "./taggable.ts";
import { touchTags } from "./touch.ts";

/** Notes of one round. */
const portion = 1000;

export interface CountingOptions {
  // biome-ignore lint/suspicious/noExplicitAny: any service's database, whatever else it holds
  readonly database: Database<any>;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Which kinds are counted here. Only registry says so: it keeps the counts of others beside its own, and tells nobody. */
  readonly kinds?: readonly ResourceKind[];
}

type Tag = Pick<TagTouchTable, "workspaceId" | "tagId">;

/**
 * Counts the tags anew that were given or taken, and tells registry of those counts that changed. What is counted is who has a tag
 * now, not what was done: so it is right after whatever happened, and a program that ends in between leaves its notes.
 */
async function countTags(options: CountingOptions, signal: AbortSignal): Promise<void> {
  const { database, outbox } = options;
  const { touches } = tagTables(outbox.service);
  while (!signal.aborted) {
    const notes = database.db.selectFrom(touches.name).selectAll().orderBy("id").limit(portion);
    const due = (await notes.execute()) as TagTouchTable[];
    const byTag = Map.groupBy(due, ({ workspaceId, tagId }) => `${workspaceId.toString("hex")}/${tagId.toString("hex")}`);
    for (const own of byTag.values()) {
      if (signal.aborted) return;
      await database.transact((trx) => countOne(options, trx, own[0] as Tag, own));
    }
    if (due.length < portion) return;
  }
}

async function countOne({ outbox, clock, kinds: own }: CountingOptions, trx: Db, tag: Tag, notes: readonly TagTouchTable[]): Promise<void> {
  const { workspaceId, tagId } = tag;
  const { names, taggings, touches, counts } = tagTables(outbox.service);
  // Held, so that of two who count at once the later one tells last.
  const known = trx.updateTable(names.name).set((row) => ({ revision: row.ref("revision") }));
  await known.where("workspaceId", "=", workspaceId).where("id", "=", tagId).execute();
  const ids = notes.map(({ id }) => id);
  await trx.deleteFrom(touches.name).where("id", "in", ids).execute();
  const of = (table: string) => trx.selectFrom(table).where("workspaceId", "=", workspaceId).where("tagId", "=", tagId);
  const holders = of(taggings.name).select((row) => ["kind", row.fn.countAll<number>().as("count")]);
  const found = new Map((await holders.groupBy("kind").execute()).map(({ kind, count }) => [kind as ResourceKind, Number(count)]));
  const all = (await of(counts.name).selectAll().execute()) as TagCountTable[];
  const before = own ? all.filter(({ kind }) => own.includes(kind)) : all;
  const told = new Map(before.map(({ kind, count }) => [kind, count]));
  const kinds = [...new Set([...found.keys(), ...told.keys()])];
  if (kinds.every((kind) => (found.get(kind) ?? 0) === (told.get(kind) ?? 0))) return;
  const revision = 1 + Math.max(0, ...before.map((row) => row.revision));
  const rows = kinds.map((kind): TagCountTable => ({ workspaceId, tagId, kind, count: found.get(kind) ?? 0, revision }));
  await keepCounts(trx, outbox.service, rows);
  if (own) return;
  // All of them, so that what is told last stands for what was told before.
  const payload = Buffer.from(toBinary(TagCountsSchema, create(TagCountsSchema, { counts: countsOf(rows), revision: BigInt(revision) })));
  await outbox.append(trx, [{ workspaceId, kind: tagCounted, subject: tagId, payload, createdTime: clock() }]);
}

const countsOf = (rows: readonly TagCountTable[]) => rows.map(({ kind, count }) => create(TagCountSchema, { kind, count: BigInt(count) }));

/** Keeps counts of a tag in the place of those that there are, unless these are newer. */
export async function keepCounts(trx: Db, service: string, rows: readonly TagCountTable[]): Promise<void> {
  const table = tagTables(service).counts.name;
  for (const row of rows) {
    const { workspaceId, tagId, kind, count, revision } = row;
    const own = { workspaceId, tagId, kind };
    const there = await trx
      .selectFrom(table)
      .select("revision")
      .where((each) => each.and(own))
      .executeTakeFirst();
    if (!there) await trx.insertInto(table).values(row).execute();
    else if (Number(there.revision) < revision) {
      await trx
        .updateTable(table)
        .set({ count, revision })
        .where((each) => each.and(own))
        .execute();
    }
  }
}

/** Has every tag that is known counted once more. */
async function touchAll({ database, outbox }: CountingOptions, signal: AbortSignal): Promise<void> {
  const { names } = tagTables(outbox.service);
  type Known = Pick<KnownTagTable, "workspaceId" | "id">;
  for (let last: Known | undefined; !signal.aborted; ) {
    const all = database.db.selectFrom(names.name).select(["workspaceId", "id"]).where("goneTime", "=", 0);
    const after = last;
    const rest = after
      ? all.where((row) =>
          row.or([
            row("workspaceId", ">", after.workspaceId),
            row.and([row("workspaceId", "=", after.workspaceId), row("id", ">", after.id)]),
          ]),
        )
      : all;
    const rows: Known[] = await rest.orderBy("workspaceId").orderBy("id").limit(portion).execute();
    const byWorkspace = Map.groupBy(rows, ({ workspaceId }) => workspaceId.toString("hex"));
    for (const own of byWorkspace.values()) {
      await touchTags(
        database.db,
        outbox.service,
        (own[0] as Known).workspaceId,
        own.map(({ id }): Id => id),
      );
    }
    last = rows.at(-1);
    if (rows.length < portion) return;
  }
}

/**
 * Counts tags every other second, on one replica at a time. Whoever begins with that counts all of them once: what an older
 * program did while the two rolled over has no notes.
 */
export function countingTags(options: CountingOptions, onError: (error: unknown) => void): Duty {
  const held = lease(options.database as never, options.outbox.service, "tag-counts");
  let begun = false;
  const work = async (leading: AbortSignal) => {
    if (!begun) await touchAll(options, leading);
    begun = !leading.aborted;
    await countTags(options, leading);
  };
  return (signal) => whileLeader(held, { ttlMs: 15_000, everyMs: 2000, work, signal, onError });
}
