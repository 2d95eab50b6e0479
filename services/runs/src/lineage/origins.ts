import { ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { LineageDirection, type LineageService } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { onward } from "@signalbox/runtime/peers/peers.ts";
import { callerMay } from "@signalbox/runtime/policy/caller-may.ts";
import { grantedScope } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { isVisible } from "@signalbox/runtime/store/visible.ts";
import type { Context } from "../context.ts";
import { describeTagged } from "../run/granted.ts";
import type { RunTable } from "../tables.ts";
import { describeWalk, mostNodes, usualHops } from "./describe.ts";
import { lineageStore } from "./store.ts";
import { hexOf, walk } from "./walk.ts";

const mostLinks = 1000;
const mostRuns = 100;

/** What is behind a version of a model: registry tells what is linked to it, as far as the caller may read it, and the walk goes on from there. */
export const modelVersionOrigins =
  (context: Context): Handlers<typeof LineageService>["getModelVersionOrigins"] =>
  async ({ modelVersion: id, maxHops }, call) => {
    const versions = context.peers(ModelVersionService);
    const asked = { modelVersion: id, pageSize: mostLinks };
    const [{ modelVersion }, artifacts, linked] = await Promise.all([
      versions.getModelVersion(asked, onward(call)),
      versions.listModelArtifacts(asked, onward(call)),
      versions.listModelRuns(asked, onward(call)),
    ]);
    const store = lineageStore(context.database.db, workspaceOf(call), grantedScope(call));
    const starts = [...new Set(artifacts.artifacts.map(({ artifactVersion }) => hexOf(toId(artifactVersion))))].slice(0, mostNodes);
    const walked = await walk(starts, store.sources(LineageDirection.UP), maxHops || usualHops, mostNodes);
    const described = await describeWalk(context, store, walked, call);

    const own = modelVersion?.run ? [modelVersion.run] : [];
    const near = [...own, ...linked.runs.map(({ run }) => run), ...described.steps.map(({ run }) => run)];
    const runs = [...new Set(near.map((each) => each.toLowerCase()))];
    const rows = await visibleRuns(context, runs.slice(0, mostRuns), call);
    const cut = [artifacts, linked].some(({ nextPageToken }) => nextPageToken !== "") || runs.length > mostRuns;
    return {
      ...(modelVersion && { modelVersion }),
      ...described,
      runs: await describeTagged(context, rows),
      code: await codeOf(context, rows, call),
      truncated: walked.truncated || cut,
    };
  };

/** Those of these runs that the caller may see, in this order. */
async function visibleRuns({ database }: Context, ids: readonly string[], call: Call): Promise<RunTable[]> {
  if (ids.length === 0) return [];
  const all = database.db.selectFrom("runsRun").selectAll().where("workspaceId", "=", workspaceOf(call));
  const rows = await all.where("id", "in", ids.map(toId)).execute();
  const seen = rows.filter(({ projectId, ownerId }) => isVisible(grantedScope(call), projectId, ownerId));
  const byId = new Map(seen.map((row) => [toUuid(row.id), row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Where the code of runs lies, once for each snapshot that the caller may read. */
async function codeOf(context: Context, runs: readonly RunTable[], call: Call) {
  const may = callerMay(context);
  const ids = [...new Set(runs.map(({ snapshotId }) => toUuid(snapshotId)))];
  if (ids.length === 0) return [];
  const { snapshots } = await context.peers(SnapshotService).resolveSnapshots({ workspace: toUuid(workspaceOf(call)), ids });
  const readable = await Promise.all(
    snapshots.map(async ({ id, code, project, owner }) => {
      const allowed = code !== undefined && (await may(call, "snapshot.read", { project, owner: owner?.id }));
      return allowed ? [{ snapshot: id, code }] : [];
    }),
  );
  return readable.flat();
}
