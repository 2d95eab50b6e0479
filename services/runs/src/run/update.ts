import { type UpdateRunRequest, UpdateRunRequestSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { type Id, noId, toIdOrNone, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { hashOf } from "@signalbox/runtime/store/document.ts";
import type { Transaction } from "kysely";
import type { Context } from "../context.ts";
import { microsIn } from "../report/time.ts";
import type { Telling } from "../report/told.ts";
import { isNoHash, type RunsTables, type RunTable } from "../tables.ts";
import { grantedRun } from "./granted.ts";

type Told = Omit<Telling, "etag" | "generation">;

/** Changes what is known of a run beside its reports, in order with these. What is as asked already is left alone, whatever the etag. */
export async function updateRun(context: Context, request: UpdateRunRequest, call: Call): Promise<RunTable> {
  const { mutate, reporting } = context;
  const [workspace, run] = [workspaceOf(call), grantedId(call)];
  const generation = call.caller?.kind === "run" ? call.caller.generation : 0;
  const patch = patchOf(UpdateRunRequestSchema, request, ["orchestratorEnvironment", "modelVersion", "heartbeatTimeout"]);
  const telling: Told = {
    ...("modelVersion" in patch && { modelVersionId: toIdOrNone(patch.modelVersion ?? "") }),
    ...("orchestratorEnvironment" in patch && { environment: patch.orchestratorEnvironment?.text ?? "" }),
    ...("heartbeatTimeout" in patch && { heartbeatTimeout: microsIn(patch.heartbeatTimeout) }),
  };
  await reporting.whole(run, (again) =>
    mutate(call, { subject: toUuid(run), project: call.granted?.resource?.project }, async (trx) => {
      if (await isKnown(trx, workspace, run, telling)) return;
      const changes = [{ kind: "tell", etag: request.etag, generation, ...telling }] as const;
      const { refusals } = await reporting.within(trx, { workspace, run, changes }, again);
      if (refusals[0]) throw refusals[0];
    }),
  );
  return grantedRun(context, call);
}

/** Whether all that is told of a run is so already. */
async function isKnown(trx: Transaction<RunsTables>, workspace: Id, run: Id, telling: Told): Promise<boolean> {
  const { modelVersionId, environment, heartbeatTimeout } = telling;
  const known = await trx
    .selectFrom("runsRun")
    .leftJoin("runsRunTrait as trait", (on) =>
      on.onRef("trait.workspaceId", "=", "runsRun.workspaceId").onRef("trait.runId", "=", "runsRun.id"),
    )
    .select(["runsRun.heartbeatTimeout", "trait.modelVersionId", "trait.orchestratorEnvironment"])
    .where("runsRun.workspaceId", "=", workspace)
    .where("runsRun.id", "=", run)
    .executeTakeFirst();
  if (!known) return false;
  const before = known.orchestratorEnvironment;
  const isSameText = (text: string) => (text === "" ? before === null || isNoHash(before) : before?.equals(hashOf(text)) === true);
  return (
    (modelVersionId === undefined || modelVersionId.equals(known.modelVersionId ?? noId)) &&
    (environment === undefined || isSameText(environment)) &&
    (heartbeatTimeout === undefined || heartbeatTimeout === known.heartbeatTimeout)
  );
}
