import type { Tag } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import type { Kysely } from "kysely";
import type { Micros } from "../../clock.ts";
import { type Id, toId } from "../../ids.ts";
import { revisionOf } from "../../rpc/patch.ts";
import type { Dialect } from "../../store/dialect/dialect.ts";
import { tagTables } from "./tables.ts";

// biome-ignore lint/suspicious/noExplicitAny: any service's database, whatever else it holds
type Db = Kysely<any>;

/** A tag as registry has it. */
export interface KnownTag {
  readonly workspaceId: Id;
  readonly id: Id;
  readonly name: string;
  readonly exclusive: boolean;
  readonly revision: number;
}

export const knownTag = (workspaceId: Id, { id, name, exclusive, etag }: Tag): KnownTag => ({
  ...{ workspaceId, id: toId(id), name, exclusive, revision: revisionOf(etag) },
});

type Where = Pick<KnownTag, "workspaceId" | "id">;

/**
 * What a service knows of tags. What is known is never older than what was
 * known before, whichever comes first: the event of a change, or the answer that somebody was given before it.
 */
export function tagNames(service: string, { onConflict }: Pick<Dialect, "onConflict">) {
  const table = tagTables(service).names.name;
  const only = ({ workspaceId, id }: Where) => ({ workspaceId, id });

  /** Adds what is not there yet; whoever adds the same meanwhile is waited for. */
  async function add(trx: Db, tags: readonly KnownTag[], goneTime: Micros = 0): Promise<void> {
    const rows = tags.map(({ exclusive, ...tag }) => ({ ...tag, exclusive: Number(exclusive), settleTime: 0, goneTime }));
    await onConflict(trx.insertInto(table).values(rows), ["workspaceId", "id"], []).execute();
  }

  return {
    /** Sees to it that these are known, in the transaction that attaches them. */
    async keep(trx: Db, tags: readonly KnownTag[]): Promise<void> {
      for (const own of Map.groupBy(tags, ({ workspaceId }) => workspaceId.toString("hex")).values()) {
        const [{ workspaceId }] = own as [KnownTag];
        const ids = own.map(({ id }) => id);
        const query = trx.selectFrom(table).select("id").where("workspaceId", "=", workspaceId).where("id", "in", ids);
        const there = new Set(((await query.execute()) as Pick<Where, "id">[]).map(({ id }) => id.toString("hex")));
        const missing = own.filter(({ id }) => !there.has(id.toString("hex")));
        if (missing.length > 0) await add(trx, missing);
      }
    },

    /** Holds an exclusive tag until the transaction ends, so that its holders change one after another; whether it is exclusive. */
    async hold(trx: Db, tag: Where): Promise<boolean> {
      await trx
        .updateTable(table)
        .set((row) => ({ revision: row.ref("revision") }))
        .where((row) => row.and(only(tag)))
        .execute();
      const { exclusive } = await trx
        .selectFrom(table)
        .select("exclusive")
        .where((row) => row.and(only(tag)))
        .executeTakeFirstOrThrow();
      return exclusive === 1;
    },

    /** Tags changed. */
    async learn(trx: Db, tags: readonly KnownTag[], now: Micros): Promise<void> {
      for (const tag of tags) {
        await add(trx, [tag]);
        const { name, exclusive, revision } = tag;
        await trx
          .updateTable(table)
          .set({ name, exclusive: Number(exclusive), revision, settleTime: exclusive ? now : 0 })
          .where((row) => row.and(only(tag)))
          .where("revision", "<", revision)
          .execute();
      }
    },

    /** Tags were deleted: from now on nobody sees them. */
    async forget(trx: Db, tags: readonly Where[], now: Micros): Promise<void> {
      for (const tag of tags) {
        await add(trx, [{ ...only(tag), name: "", exclusive: false, revision: 0 }], now);
        await trx
          .updateTable(table)
          .set({ goneTime: now })
          .where((row) => row.and({ ...only(tag), goneTime: 0 }))
          .execute();
      }
    },
  };
}
