import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { notFound, SignalboxError } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId, grantedScope } from "@signalbox/runtime/resource/granted.ts";
import { listContext, listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { tagBatch } from "@signalbox/runtime/resource/tags/batch.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { runGraph } from "../graph/graph.ts";
import { replayRun } from "../replay/replay.ts";
import { generationStale } from "../report/refusal.ts";
import { findCached } from "../step/cached.ts";
import { getOrCreate } from "./create.ts";
import { deleteRun } from "./delete.ts";
import { describeOne, describeTagged, grantedRun, readRun } from "./granted.ts";
import { runListing } from "./listing.ts";
import { resumeRun, tokenFor } from "./resume.ts";
import { stopRun } from "./stop.ts";
import { runTags } from "./tags.ts";
import { updateRun } from "./update.ts";
import { watchRun } from "./watch.ts";
import { watchRuns } from "./watch-all.ts";

export function runHandlers(context: Context): Handlers<typeof RunService> {
  const { runs, steps, lists, mutate } = context;
  const tag = tagBatch(runTags, context);
  return {
    async createRun(request, call) {
      const { run, created } = await getOrCreate(context, request, call);
      return { run: await describeOne(context, run), created };
    },

    async getRun(_request, call) {
      return { run: await readRun(context, call) };
    },

    async batchGetRuns({ ids }, call) {
      return { runs: await describeTagged(context, await runs.someVisible(workspaceOf(call), grantedScope(call), ids)) };
    },

    async listRuns(request, call) {
      const query = listQuery(lists, request, call);
      const listing = runListing(context, query);
      const { rows, ...page } = await runs.list(query, listing);
      return { runs: await describeTagged(context, rows), ...pageOf(page) };
    },

    async updateRun(request, call) {
      return { run: await describeOne(context, await updateRun(context, request, call)) };
    },

    async stopRun(request, call) {
      return { run: await describeOne(context, await stopRun(context, request, call)) };
    },

    async resumeRun(request, call) {
      const run = await resumeRun(context, request, call);
      return { run: await describeOne(context, run), ...tokenFor(context, run) };
    },

    async replayRun(request, call) {
      const { run, created } = await replayRun(context, request, call);
      return { run: await describeOne(context, run), created };
    },

    async tagRuns({ runs: ids, ...asked }, call) {
      return { runs: await tag({ ids, ...asked }, call) };
    },

    async deleteRun(_request, call) {
      await deleteRun(context, call);
      return {};
    },

    async listSteps(request, call) {
      const [run, { allAttempts }] = [grantedId(call), request];
      const context = listContext(lists, call, toUuid(run), String(allAttempts));
      const { rows, ...page } = await steps.list(workspaceOf(call), run, allAttempts, request, context);
      return { steps: await steps.describe(rows), ...pageOf(page) };
    },

    async getStep({ step: name, attempt }, call) {
      const found = await steps.find(workspaceOf(call), grantedId(call), name, attempt);
      if (!found) throw notFound("step", attempt === 0 ? name : `${name}, attempt ${attempt}`);
      return { step: await steps.withCode(found) };
    },

    getRunGraph: ({ brief }, call) => runGraph(context, call, brief),

    async findCachedSteps({ cacheKeys }, call) {
      return { steps: await findCached(context.database, workspaceOf(call), grantedId(call), cacheKeys) };
    },

    watchRun: (request, call) => watchRun(context, request, call),

    watchRuns: (request, call) => watchRuns(context, request, call),

    async issueRunToken(_request, call) {
      const run = await grantedRun(context, call);
      if (run.inProgress === 0) throw new SignalboxError(Reason.RUN_ENDED, "the run has ended, so it needs no token");
      const { caller } = call;
      if (caller?.kind === "run" && caller.generation !== run.generation) throw generationStale(caller.generation, run.generation);
      // A token leaves no row; its record is all that is written.
      await mutate(call, { subject: toUuid(run.id), project: toUuid(run.projectId) }, async () => {});
      return tokenFor(context, run);
    },
  };
}
