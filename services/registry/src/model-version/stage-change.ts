import type { MessageInitShape } from "@bufbuild/protobuf";
import { ModelStageSchema, type StageChangeSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { principalField } from "@signalbox/runtime/resource/lists.ts";
import type { StageChangeRow } from "../model/tables.ts";

/** How the history of a model's stages is listed. */
export const stageChanges = (policy: Pick<Policy, "facts">) =>
  ({
    table: "registry_stage_change",
    of: "modelId",
    fields: {
      model_version: { kind: "id", column: "registry_stage_change.versionId" },
      number: { kind: "int", column: "registry_stage_change.number" },
      from: { kind: "enum", column: "registry_stage_change.fromStage", enum: ModelStageSchema },
      to: { kind: "enum", column: "registry_stage_change.toStage", enum: ModelStageSchema },
      forced: { kind: "flag", column: "registry_stage_change.forced" },
      promotion: { kind: "id", column: "registry_stage_change.promotionId" },
      by: principalField("registry_stage_change.byId", policy),
    },
  }) as const;

export const toStageChange = (row: StageChangeRow, { principalRef }: Pick<Policy, "principalRef">) =>
  ({
    ...{ id: toUuid(row.id), modelVersion: toUuid(row.versionId), number: row.number, reason: row.reason },
    promotion: toUuidOrNone(row.promotionId),
    ...{ from: row.fromStage, to: row.toStage, forced: row.forced === 1 },
    ...{ by: principalRef(row.byId), createTime: toTimestamp(row.createTime) },
  }) satisfies MessageInitShape<typeof StageChangeSchema>;
