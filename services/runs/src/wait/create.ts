import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Resolution, WaitConditionStatus, WaitConditionType } from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import {
  type CreateWaitConditionRequest,
  CreateWaitConditionRequestSchema,
} from "@signalbox/gen/signalbox/runs/v1/wait_condition_service_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { newId, noId, toId } from "@signalbox/runtime/ids.ts";
import { readSchema } from "@signalbox/runtime/json-schema/text.ts";
import { idReused, sameOrFail } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { checkValues } from "@signalbox/runtime/resource/json.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import { hashOf, putDocuments } from "@signalbox/runtime/store/document.ts";
import { sendAll } from "@signalbox/runtime/store/send-all.ts";
import type { Context } from "../context.ts";
import { nameInvalid } from "../report/name.ts";
import { runEnded } from "../report/refusal.ts";
import { never, noHash, type RunTable } from "../tables.ts";
import { metadataText } from "./mapping.ts";
import { waitMetadata } from "./metadata.ts";
import type { WaitConditionTable } from "./tables.ts";
import { holdRun } from "./within-run.ts";

interface Made {
  readonly row: WaitConditionTable;
  readonly created: boolean;
}

/** Makes a condition, or gets the one of that name: a program that was started again meets what it asked before. */
export async function createWaitCondition(context: Context, request: CreateWaitConditionRequest, call: Call): Promise<Made> {
  const { database, waits, reporting, clock } = context;
  const [workspace, runId] = [workspaceOf(call), grantedId(call)];
  checkName(request.name);
  const misnamed = nameInvalid("name", request.name);
  if (misnamed) throw misnamed;
  if (request.schema) readSchema(request.schema.text, "schema");
  checkValues(request.metadata, "metadata");
  const hash = contentHash(CreateWaitConditionRequestSchema, request, ["id", "run", "project"]);
  const id = request.id === "" ? newId() : toId(request.id);

  const find = async (): Promise<Made | undefined> => {
    const own = request.id === "" ? undefined : await waits.byId(workspace, id);
    if (own && !own.runId.equals(runId)) throw idReused("wait_condition", id);
    if (own) return { row: sameOrFail("wait_condition", own, { id, contentHash: hash }), created: false };
    const named = await waits.find(workspace, runId, request.name);
    return named && { row: named, created: false };
  };

  const found = await find();
  if (found) return found;
  try {
    return await reporting.whole(runId, () =>
      database.transact(async (trx) => {
        const held = await holdRun(context, trx, workspace, runId);
        requireAsking(held.run);
        const now = clock();
        const texts = textsOf(request);
        const kept = Object.values(texts).flatMap((text) => (text === "" ? [] : [{ workspaceId: workspace, text }]));
        await putDocuments({ db: trx, dialect: database.dialect, prefix: "runs" }, kept, now);
        const row: WaitConditionTable = {
          ...{ workspaceId: workspace, id, projectId: held.run.projectId, runId, ownerId: held.run.ownerId, name: request.name },
          ...{ type: request.type || WaitConditionType.EXTERNAL_INPUT, contentHash: hash, createTime: now, updateTime: now },
          ...{ question: named(texts.question), schema: named(texts.schema), metadata: named(texts.metadata), result: noHash },
          ...{ status: WaitConditionStatus.PENDING, resolution: Resolution.UNSPECIFIED, resolverId: noId, resolveTime: 0, answer: 0 },
          ...{ poller: "", pollerExpiresTime: never, pollTime: 0 },
        };
        await trx.insertInto("runsWaitCondition").values(row).execute();
        const { metadata } = request;
        await sendAll(trx, database.dialect, waitMetadata.adding(database.dialect, [{ workspaceId: workspace, id, metadata }]));
        await held.apply([{ kind: "asked" }]);
        return { row, created: true };
      }),
    );
  } catch (cause) {
    if (database.dialect.explain(cause)?.kind !== "taken") throw cause;
    const there = await find();
    if (!there) throw cause;
    return there;
  }
}

function requireAsking(run: RunTable): void {
  if (run.inProgress === 0) throw runEnded("the run has ended, so it waits for nothing");
  if (run.dynamic === 1) return;
  throw new SignalboxError(Reason.TRANSITION_REFUSED, "only a dynamic run waits for answers: the steps of this one are planned");
}

const named = (text: string): Buffer => (text === "" ? noHash : hashOf(text));

const textsOf = ({ question, schema, metadata }: CreateWaitConditionRequest) => ({
  question,
  schema: schema?.text ?? "",
  metadata: metadataText(metadata),
});
