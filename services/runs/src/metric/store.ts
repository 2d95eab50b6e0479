import type { Id } from "@signalbox/runtime/ids.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { type ListContext, type ListRequest, list, type Page } from "@signalbox/runtime/store/page.ts";
import type { Kysely } from "kysely";
import { seriesIdOf } from "../report/fresh-logs.ts";
import type { MetadataTable, RunsTables } from "../tables.ts";
import { type Bucket, sampler } from "./sample.ts";

const portion = 10_000;

const listing: Listing = {
  table: "runs_metadata",
  fixed: ["workspaceId", "runId"],
  key: "id",
  defaultOrder: "create_time asc",
  fields: { create_time: { kind: "time", column: "createTime", sortable: true } },
};

/** Reads metrics and metadata. */
export function metricStore(db: Kysely<RunsTables>) {
  return {
    /** The points of a metric of a step after an index, at most `most`: beyond that, each stands for a bucket. Reads them in portions. */
    async points(
      { workspace, step, metric }: { readonly workspace: Id; readonly step: Id; readonly metric: string },
      after: number | undefined,
      most: number,
      signal: AbortSignal,
    ): Promise<{ readonly points: readonly Bucket[]; readonly sampled: boolean }> {
      const series = seriesIdOf(step, metric);
      const sample = sampler(most);
      for (let last = after ?? -1; ; ) {
        signal.throwIfAborted();
        const rows = await db
          .selectFrom("runsPoint")
          .select(["index", "value", "time"])
          .where("workspaceId", "=", workspace)
          .where("seriesId", "=", series)
          .where("index", ">", last)
          .orderBy("index")
          .limit(portion)
          .execute();
        for (const row of rows) sample.add(row);
        const end = rows.at(-1);
        if (!end || rows.length < portion) return sample.result();
        last = end.index;
      }
    },

    /** All values of a run, oldest first. */
    metadata: (workspace: Id, run: Id, request: ListRequest, context: ListContext): Promise<Page<MetadataTable>> =>
      list(
        db.selectFrom("runsMetadata").selectAll().where("workspaceId", "=", workspace).where("runId", "=", run),
        listing,
        request,
        context,
      ),
  };
}
