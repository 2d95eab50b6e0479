import type { ResumeRunRequest } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { idReused } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Transaction } from "kysely";
import type { Context } from "../context.ts";
import { generationStale } from "../report/refusal.ts";
import { microsIn } from "../report/time.ts";
import type { RunsTables, RunTable } from "../tables.ts";

/** How long a run token is good at most. */
const tokenSeconds = 30 * 24 * 3600;

/** A token by which the present generation of a run is reported. */
export function tokenFor({ tokens }: Pick<Context, "tokens">, run: RunTable) {
  const { workspaceId, projectId, id, ownerId, generation } = run;
  const grant = { workspace: toUuid(workspaceId), project: toUuid(projectId), run: toUuid(id), sub: toUuid(ownerId), generation };
  const { token, claims } = tokens.mint(grant, tokenSeconds);
  return { token, expireTime: toTimestamp(claims.exp * 1e6) };
}

/**
 * Takes up a run that failed or was stopped. Of several who do so at once one succeeds: all change the run in one order, and the
 * others find it in progress. Which request it was is kept, so that its repeat is answered the same.
 */
export async function resumeRun(context: Context, request: ResumeRunRequest, call: Call): Promise<RunTable> {
  const { mutate, reporting, runs, clock } = context;
  const { etag, reason, running } = request;
  const [workspace, run] = [workspaceOf(call), grantedId(call)];
  const id = request.id === "" ? newId() : toId(request.id);
  const reopening = { etag, reason, running, heartbeatTimeout: microsIn(request.heartbeatTimeout) };

  async function repeated(trx: Transaction<RunsTables>): Promise<boolean> {
    const known = await findResume(trx, workspace, id);
    if (!known) return false;
    if (!known.runId.equals(run)) throw idReused("resume", id);
    const now = trx.selectFrom("runsRun").select("generation").where("workspaceId", "=", workspace).where("id", "=", run);
    const row = await now.executeTakeFirst();
    if (!row) throw notFound("run", toUuid(run));
    if (row.generation !== known.generation) throw generationStale(known.generation, row.generation);
    return true;
  }

  await reporting.whole(run, (again) =>
    mutate(call, { subject: toUuid(run), project: call.granted?.resource?.project }, async (trx) => {
      if (await repeated(trx)) return;
      const { refusals, run: resumed } = await reporting.within(
        trx,
        { workspace, run, changes: [{ kind: "reopen", ...reopening }] },
        again,
      );
      // Its own repeat may have been faster.
      if (refusals[0] && (await repeated(trx))) return;
      if (refusals[0]) throw refusals[0];
      const row = { workspaceId: workspace, id, runId: run, generation: resumed.generation, createTime: clock() };
      await trx.insertInto("runsResume").values(row).execute();
      // What it started and was not asked to stop yet is not stopped by a generation of before.
      await trx.deleteFrom("runsStop").where("workspaceId", "=", workspace).where("runId", "=", run).execute();
    }),
  );
  const row = await runs.find(workspace, run);
  if (!row) throw notFound("run", toUuid(run));
  return row;
}

const findResume = (trx: Transaction<RunsTables>, workspace: Id, id: Id) =>
  trx.selectFrom("runsResume").selectAll().where("workspaceId", "=", workspace).where("id", "=", id).executeTakeFirst();
