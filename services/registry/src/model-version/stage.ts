import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, newId, noId, toUuid } from "@signalbox/runtime/ids.ts";
import { readRow } from "@signalbox/runtime/resource/change.ts";
import { checkEtag } from "@signalbox/runtime/rpc/patch.ts";
import { type Kysely, sql } from "kysely";
import type { ModelVersionRow } from "../model/tables.ts";
import { allowedBy, endDone, stageName } from "../promotion/gate.ts";
import type { RegistryTables } from "../tables.ts";
import { modelNumbers } from "./numbers.ts";

type Db = Kysely<RegistryTables>;

export interface Move {
  readonly workspaceId: Id;
  readonly id: Id;
  readonly stage: ModelStage;
  readonly force: boolean;
  readonly etag: string;
  /** For the history. */
  readonly reason: string;
  readonly by: Id;
  readonly now: number;
}

/** The stages that at most one version of a model stands at. */
const isExclusive = (stage: ModelStage): boolean => stage === ModelStage.STAGING || stage === ModelStage.PRODUCTION;

/**
 * Moves a version to a stage, and writes down that it was moved; resolves with the id of the version that had
 * it and was archived, all zeros for none. Those of one model wait for each other. Where the model wants approval, its promotion says what
 * may be archived. Fails with NOT_FOUND, ETAG_MISMATCH, APPROVAL_REQUIRED or STAGE_OCCUPIED.
 */
export async function moveToStage(trx: Db, move: Move): Promise<Id> {
  const { workspaceId, id, stage, etag } = move;
  const which = { table: "registry_model_version", type: "model_version", workspaceId, id } as const;
  const { modelId } = await readRow(trx, which);
  await modelNumbers.hold(trx, workspaceId, modelId);
  const version = await readRow(trx, which);
  if (version.stage === stage) return noId;
  checkEtag(etag, version.revision);

  const promotion = await allowedBy(trx, version, { stage, alias: "" });
  const gated = promotion !== undefined && promotion.approvalsNeeded > 0;
  const force = promotion?.forced === 1 || (move.force && !gated);
  const promotionId = promotion?.id ?? noId;
  const holder = isExclusive(stage) ? await holderOf(trx, workspaceId, modelId, stage) : undefined;
  if (holder && !force) throw occupied(holder, stage, gated);
  if (holder) {
    await setStage(trx, holder, { ...move, stage: ModelStage.ARCHIVED, force: true, promotionId });
    await leaveStage(trx, holder);
  }
  await leaveStage(trx, version);
  if (isExclusive(stage)) await trx.insertInto("registry_model_stage").values({ workspaceId, modelId, stage, versionId: id }).execute();
  await setStage(trx, version, { ...move, force: holder !== undefined, promotionId });
  if (promotion) await endDone(trx, promotion, move.now);
  return holder?.id ?? noId;
}

/** Gives up the stage that a version holds, if any. */
async function leaveStage(trx: Db, { workspaceId, modelId, id }: Pick<ModelVersionRow, "workspaceId" | "modelId" | "id">): Promise<void> {
  await trx
    .deleteFrom("registry_model_stage")
    .where("workspaceId", "=", workspaceId)
    .where("modelId", "=", modelId)
    .where("versionId", "=", id)
    .execute();
}

const holderOf = (trx: Db, workspaceId: Id, modelId: Id, stage: ModelStage): Promise<ModelVersionRow | undefined> =>
  trx
    .selectFrom("registry_model_stage")
    .innerJoin("registry_model_version", (join) =>
      join
        .onRef("registry_model_version.workspaceId", "=", "registry_model_stage.workspaceId")
        .onRef("registry_model_version.id", "=", "registry_model_stage.versionId"),
    )
    .selectAll("registry_model_version")
    .where("registry_model_stage.workspaceId", "=", workspaceId)
    .where("registry_model_stage.modelId", "=", modelId)
    .where("registry_model_stage.stage", "=", stage)
    .executeTakeFirst();

/** Writes where a version stands, and in the history where it stood. */
async function setStage(
  trx: Db,
  version: ModelVersionRow,
  { stage, force, reason, by, now, promotionId }: Move & { promotionId: Id },
): Promise<void> {
  const { workspaceId, modelId, id: versionId, number } = version;
  await trx
    .updateTable("registry_model_version")
    .set({ stage, updateTime: now, revision: sql<number>`revision + 1` })
    .where("workspaceId", "=", workspaceId)
    .where("id", "=", versionId)
    .execute();
  const change = { workspaceId, id: newId(), modelId, versionId, number, fromStage: version.stage, toStage: stage };
  await trx
    .insertInto("registry_stage_change")
    .values({ ...change, forced: Number(force), reason, byId: by, promotionId, createTime: now })
    .execute();
}

function occupied({ id, number, called }: ModelVersionRow, stage: ModelStage, gated: boolean): SignalboxError {
  const name = stageName(stage);
  const how = gated ? "ask for a promotion with force" : "ask with force";
  return new SignalboxError(Reason.STAGE_OCCUPIED, `version ${called} stands at ${name}; ${how} to archive it`, {
    metadata: { stage: name, version: toUuid(id), number: String(number) },
  });
}
