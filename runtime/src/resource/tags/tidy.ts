import type { Clock } from "../../clock.ts";
import type { Id } from "../../ids.ts";
import type { Database } from "../../store/database.ts";
import { graceMicros, keptMicros, type PurgeStep } from "../purge.ts";
import { tagNames } from "./known.ts";
import { type KnownTagTable, type TaggingTable, tagTables } from "./tables.ts";
import type { Db } from "./taggable.ts";
import { touchTags } from "./touch.ts";

/** Rows of one transaction. */
const portion = 500;

export interface TidyOptions {
  // biome-ignore lint/suspicious/noExplicitAny: any service's database, whatever else it holds
  readonly database: Database<any>;
  readonly service: string;
  readonly clock: Clock;
}

type Known = Pick<KnownTagTable, "workspaceId" | "id">;

/**
 * One look at the tags that were deleted, whose attachments go, and at those that became exclusive, of
 * which each scope keeps the holder that got it last. Once more after the grace, for what was under way.
 */
export async function tidyTags({ database, service, clock }: TidyOptions, done: Set<string>, signal: AbortSignal): Promise<void> {
  const { db, dialect } = database;
  const tables = tagTables(service);
  const [names, table] = [tables.names.name, tables.taggings.name];
  const kept = tagNames(service, dialect);
  const holdersOf = (from: Db, { workspaceId, id }: Known) =>
    from.selectFrom(table).where("workspaceId", "=", workspaceId).where("tagId", "=", id);

  async function detach(tag: Known): Promise<void> {
    for (let more = true; more && !signal.aborted; ) {
      const some = await holdersOf(db, tag).select(["kind", "resourceId"]).limit(portion).execute();
      for (const [kind, own] of Map.groupBy(some, (each) => each.kind)) {
        const ids = own.map(({ resourceId }) => resourceId);
        const all = db.deleteFrom(table).where("workspaceId", "=", tag.workspaceId).where("kind", "=", kind).where("tagId", "=", tag.id);
        await all.where("resourceId", "in", ids).execute();
      }
      more = some.length === portion;
    }
    await db.deleteFrom(tables.counts.name).where("workspaceId", "=", tag.workspaceId).where("tagId", "=", tag.id).execute();
  }

  async function settle(tag: Known): Promise<void> {
    for (let more = true; more && !signal.aborted; ) {
      const shared = await holdersOf(db, tag)
        .select(["kind", "scopeId"])
        .groupBy(["kind", "scopeId"])
        .having((row) => row.fn.countAll(), ">", 1)
        .limit(portion)
        .execute();
      for (const { kind, scopeId } of shared) await leaveOne(tag, kind, scopeId);
      more = shared.length === portion;
    }
  }

  const leaveOne = (tag: Known, kind: number, scopeId: Id) =>
    database.transact(async (trx) => {
      if (!(await kept.hold(trx, tag))) return;
      const all = holdersOf(trx, tag).select("resourceId").where("kind", "=", kind).where("scopeId", "=", scopeId);
      const byAge = all.orderBy("createTime", "desc").orderBy("resourceTime", "desc").orderBy("resourceId", "desc");
      const others = (await byAge.execute()).slice(1).map(({ resourceId }) => resourceId);
      const held = trx.deleteFrom(table).where("workspaceId", "=", tag.workspaceId).where("kind", "=", kind).where("tagId", "=", tag.id);
      if (others.length === 0) return;
      await held.where("resourceId", "in", others).execute();
      await touchTags(trx, service, tag.workspaceId, [tag.id]);
    });

  const due = (column: "goneTime" | "settleTime") =>
    db.selectFrom(names).selectAll().where(column, ">", 0).execute() as Promise<KnownTagTable[]>;
  const round = async (tag: KnownTagTable, since: number, work: (tag: Known) => Promise<void>): Promise<boolean> => {
    const late = clock() - since > graceMicros;
    const key = `${tag.workspaceId.toString("hex")}/${tag.id.toString("hex")}/${since}/${late}`;
    if (signal.aborted || done.has(key)) return false;
    await work(tag);
    if (!signal.aborted) done.add(key);
    return late && !signal.aborted;
  };

  for (const tag of await due("goneTime")) await round(tag, tag.goneTime, detach);
  for (const tag of await due("settleTime")) {
    const { workspaceId, id, settleTime } = tag;
    if (!(await round(tag, settleTime, settle))) continue;
    const settled = db.updateTable(names).set({ settleTime: 0 });
    await settled.where("workspaceId", "=", workspaceId).where("id", "=", id).where("settleTime", "=", settleTime).execute();
  }
  await db
    .deleteFrom(names)
    .where("goneTime", ">", 0)
    .where("goneTime", "<", clock() - keptMicros)
    .execute();
}

/** Drops the attachments of what lies in a project, some at a time. */
// biome-ignore lint/suspicious/noExplicitAny: any service's database, whatever else it holds
export function dropTaggings(service: string): PurgeStep<any> {
  const { name: table } = tagTables(service).taggings;
  return async (trx, workspaceId, projectId) => {
    const own = trx.selectFrom(table).where("workspaceId", "=", workspaceId).where("projectId", "=", projectId);
    const columns = ["kind", "resourceId", "tagId"] as const;
    const some: Pick<TaggingTable, "kind" | "resourceId" | "tagId">[] = await own.select(columns).limit(portion).execute();
    await touchTags(
      trx,
      service,
      workspaceId,
      some.map(({ tagId }) => tagId),
    );
    for (const [kind, rows] of Map.groupBy(some, (each) => each.kind)) {
      const ids = rows.map(({ resourceId }) => resourceId);
      await trx.deleteFrom(table).where("workspaceId", "=", workspaceId).where("kind", "=", kind).where("resourceId", "in", ids).execute();
    }
    return some.length > 0;
  };
}
